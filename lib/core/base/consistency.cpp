#include <cocql/consistency.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace cocql {

namespace {

constexpr std::array<std::pair<consistency, std::string_view>, 11> names{{
    {consistency::any, "ANY"},
    {consistency::one, "ONE"},
    {consistency::two, "TWO"},
    {consistency::three, "THREE"},
    {consistency::quorum, "QUORUM"},
    {consistency::all, "ALL"},
    {consistency::local_quorum, "LOCAL_QUORUM"},
    {consistency::each_quorum, "EACH_QUORUM"},
    {consistency::serial, "SERIAL"},
    {consistency::local_serial, "LOCAL_SERIAL"},
    {consistency::local_one, "LOCAL_ONE"},
}};

bool equal_in_any_case(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return std::toupper(static_cast<unsigned char>(a)) ==
               std::toupper(static_cast<unsigned char>(b));
    });
}

} // namespace

std::string_view to_string(consistency value) noexcept {
    for (const auto& [level, name] : names)
        if (level == value)
            return name;
    return "UNKNOWN";
}

std::optional<consistency> parse_consistency(std::string_view name) noexcept {
    for (const auto& [level, known] : names)
        if (equal_in_any_case(name, known))
            return level;
    return std::nullopt;
}

bool is_serial(consistency value) noexcept {
    return value == consistency::serial || value == consistency::local_serial;
}

} // namespace cocql
