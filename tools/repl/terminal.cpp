#include "terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cocqlsh {

namespace {

void send(std::string_view text) noexcept {
    // Only the screen's look depends on it.
    [[maybe_unused]] const auto ignored = ::write(STDOUT_FILENO, text.data(), text.size());
}

} // namespace

terminal::terminal() {
    has_keyboard_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    is_terminal_ = has_keyboard_ && ::isatty(STDOUT_FILENO) == 1;
    const char* name = std::getenv("TERM");
    can_draw_ = name != nullptr && *name != 0 && std::string_view(name) != "dumb";
}

terminal::~terminal() {
    restore();
}

void terminal::raw(bool brackets) noexcept {
    if (!has_keyboard_ || is_raw_)
        return;
    auto settings = before_;
    settings.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) != 0)
        return;
    is_raw_ = true;
    brackets_ = brackets && can_draw_;
    if (brackets_)
        send("\033[?2004h");
}

void terminal::restore() noexcept {
    if (!is_raw_)
        return;
    is_raw_ = false;
    if (brackets_)
        send("\033[?2004l");
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

std::size_t terminal::columns() noexcept {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

} // namespace cocqlsh
