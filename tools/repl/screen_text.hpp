#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// What can be shown of a line that may hold anything: tabs as four blanks, other control
/// characters as `^X`, what else would command the terminal escaped.
std::string visible(std::string_view text);

struct screen_place {
    std::size_t row = 0;
    std::size_t column = 0;
};

/// Where the cursor stands after text that began at `at`: wide characters that do not fit
/// a row's end stand on the next one.
screen_place place_after(std::string_view text, std::size_t columns,
                         screen_place at = screen_place()) noexcept;

/// The same of text of several lines: each on rows of its own, behind a prompt as where it was
/// typed.
std::string on_rows(std::string_view text);
/// Where the cursor stands after what on_rows() gave.
screen_place place_after_rows(std::string_view shown, std::size_t columns) noexcept;

} // namespace cocqlsh
