#include <cocql/duration.hpp>

#include <string_view>

namespace cocql {

std::string duration::to_string() const {
    std::string text;
    const bool negative = months < 0 || days < 0 || nanoseconds < 0;
    // Magnitudes as unsigned: the smallest number has no positive counterpart.
    const auto magnitude = [](std::int64_t number) {
        return number < 0 ? 0 - static_cast<std::uint64_t>(number)
                          : static_cast<std::uint64_t>(number);
    };
    const auto add = [&](std::uint64_t& rest, std::uint64_t unit, std::string_view name) {
        if (rest / unit != 0)
            text.append(std::to_string(rest / unit)).append(name);
        rest %= unit;
    };
    auto rest = magnitude(months);
    add(rest, 12, "y");
    add(rest, 1, "mo");
    rest = magnitude(days);
    add(rest, 1, "d");
    rest = magnitude(nanoseconds);
    add(rest, 3'600'000'000'000, "h");
    add(rest, 60'000'000'000, "m");
    add(rest, 1'000'000'000, "s");
    add(rest, 1'000'000, "ms");
    add(rest, 1'000, "us");
    add(rest, 1, "ns");
    if (text.empty())
        return "0s";
    return (negative ? "-" : "") + text;
}

} // namespace cocql
