#pragma once

#include <cstddef>
#include <termios.h>

namespace cocqlsh {

/// The terminal on standard input: raw while a line is edited, as it was before otherwise, and
/// again as it was when the program ends or is stopped, however that comes about.
///
/// There is one of it: while it lives it owns the signals that end or stop the program.
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
    /// Whether the cursor can be moved, in the usual way.
    bool can_draw() const noexcept { return can_draw_; }
    /// No echo, no line discipline, Ctrl-C as a byte.
    void raw() noexcept;
    /// Until restore(): the terminal puts brackets around what is pasted.
    void take_pastes_in_brackets() noexcept;
    void restore() noexcept;
    /// After SIGCONT: raw again if it was, whatever happened to the terminal meanwhile.
    void resume() noexcept;
    /// Takes a byte that was typed while the terminal was raw. Ctrl-Z and Ctrl-\ are what they are
    /// otherwise, signals to all of the job: then true.
    static bool take_signal(char byte) noexcept;
    /// The width of the screen in columns; 80 if it is not known.
    static std::size_t columns() noexcept;

  private:
    bool is_terminal_ = false;
    bool has_keyboard_ = false;
    bool can_draw_ = false;
};

} // namespace cocqlsh
