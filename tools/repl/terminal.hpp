#pragma once

#include <cstddef>
#include <termios.h>

namespace cocqlsh {

/// The terminal on standard input: raw while a line is edited, as it was before otherwise, and
/// again as it was when the program ends, however it ends.
class terminal {
  public:
    terminal();
    ~terminal();
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    /// Whether both standard input and output are a terminal.
    bool is_terminal() const noexcept { return is_terminal_; }
    /// Whether standard input is one: a password can be asked for.
    bool has_keyboard() const noexcept { return has_keyboard_; }
    /// Whether the cursor can be moved: not where TERM says "dumb" or nothing.
    bool can_draw() const noexcept { return can_draw_; }
    /// No echo, no line discipline, Ctrl-C as a byte; on demand pasted text comes in brackets.
    void raw(bool brackets = false) noexcept;
    void restore() noexcept;
    /// The width of the screen in columns; 80 if it is not known.
    static std::size_t columns() noexcept;

  private:
    bool is_terminal_ = false;
    bool has_keyboard_ = false;
    bool can_draw_ = false;
    bool brackets_ = false;
    bool is_raw_ = false;
    termios before_{};
};

} // namespace cocqlsh
