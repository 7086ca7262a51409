#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace cocqlsh {

/// The number that the whole text is, or nothing.
template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace cocqlsh
