#pragma once

#include <cstddef>

#include <termios.h>

namespace cocqlsh {

/// The terminal on standard input: raw while a line is edited, as it was before otherwise, and again as it was when
/// the program ends, however it ends.
class terminal {
  public:
    terminal();
    ~terminal();
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    bool is_terminal() const noexcept { return is_terminal_; }
    /// No echo, no line discipline, Ctrl-C as a byte; pasted text comes in brackets.
    void raw() noexcept;
    void restore() noexcept;
    /// The width of the screen in columns; 80 if it is not known.
    static std::size_t columns() noexcept;

  private:
    bool is_terminal_ = false;
    bool is_raw_ = false;
    termios before_{};
};

} // namespace cocqlsh
