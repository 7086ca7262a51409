#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// What text begins with, which may hold anything.
class character {
  public:
    std::size_t size = 0; ///< in bytes; 0 only for the empty text
    /// A terminal would not show it but obey it, or show what follows in another order: a control
    /// character (C0, DEL, C1), an override, embedding or isolate of the direction of writing, a
    /// byte that is no UTF-8.
    bool commands = false;
};

character first_character(std::string_view text) noexcept;

/// A character that commands, as values show it: `\n`, `\x1b`, `\x9b`, `\u202e`.
std::string escaped(std::string_view commanding);

/// The text with all such characters escaped, line ends and tabs too.
std::string visible_text(std::string_view text);

} // namespace cocqlsh
