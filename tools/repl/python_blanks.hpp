#pragma once

#include <cstddef>
#include <string_view>

namespace cocqlsh {

// White space as Python's str knows it, in UTF-8.

/// Tells also how many characters were left out.
std::string_view without_blanks_before(std::string_view text, std::size_t& characters) noexcept;
std::string_view without_blanks_behind(std::string_view text) noexcept;
/// Without both.
std::string_view stripped(std::string_view text) noexcept;

} // namespace cocqlsh
