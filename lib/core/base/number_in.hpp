#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace cocql::base {

/// The whole number that a text is, in decimal; nothing where it is anything else, or does not fit.
template <std::integral Number>
std::optional<Number> number_in(std::string_view text) noexcept {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [behind, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || behind != end)
        return std::nullopt;
    return number;
}

} // namespace cocql::base
