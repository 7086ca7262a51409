#include "terminal.hpp"

#include "terminal_abilities.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cocqlsh {

namespace {

/// What the handlers below need; they may run at any time.
struct screen {
    termios before{};
    termios raw{};
    volatile std::sig_atomic_t is_raw = 0;
    volatile std::sig_atomic_t brackets = 0;
} shared;

constexpr std::string_view brackets_on = "\033[?2004h";
constexpr std::string_view brackets_off = "\033[?2004l";
constexpr std::array<int, 5> ending{SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGTSTP};

/// A terminal that others have made non-blocking may take nothing now; it is not waited for long,
/// since only the screen's look depends on it.
void send(std::string_view text) noexcept {
    constexpr int patience = 200;
    pollfd screen{STDOUT_FILENO, POLLOUT, 0};
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR && (errno != EAGAIN || ::poll(&screen, 1, patience) != 1))
            return;
    }
}

void make_raw(int when) noexcept {
    ::tcsetattr(STDIN_FILENO, when, &shared.raw);
    if (shared.brackets != 0)
        send(brackets_on);
}

void unmake_raw(int when) noexcept {
    if (shared.brackets != 0)
        send(brackets_off);
    ::tcsetattr(STDIN_FILENO, when, &shared.before);
}

void handle(int number, void (*handler)(int)) noexcept {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
}

/// At once, not by way of the io_context: the program may be waiting for a slow terminal to take
/// its output. Only functions that a handler may call.
void end_or_stop(int number) {
    const int saved = errno;
    if (shared.is_raw != 0)
        unmake_raw(TCSANOW);
    handle(number, SIG_DFL);
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, number);
    ::raise(number);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr); // here it ends, or stops
    ::sigprocmask(SIG_BLOCK, &only, nullptr);
    handle(number, &end_or_stop);
    if (shared.is_raw != 0)
        make_raw(TCSANOW);
    errno = saved;
}

} // namespace

terminal::terminal() {
    has_keyboard_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &shared.before) == 0;
    is_terminal_ = has_keyboard_ && ::isatty(STDOUT_FILENO) == 1;
    can_draw_ = terminal_abilities::of_environment().moves_cursor;
    if (!has_keyboard_)
        return;
    shared.raw = shared.before;
    shared.raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    shared.raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    shared.raw.c_cc[VMIN] = 1;
    shared.raw.c_cc[VTIME] = 0;
    for (const int number : ending) {
        struct sigaction now {};
        // What nohup and the like have turned off stays off.
        if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_DFL)
            handle(number, &end_or_stop);
    }
}

terminal::~terminal() {
    restore();
    if (!has_keyboard_)
        return;
    for (const int number : ending) {
        struct sigaction now {};
        if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == &end_or_stop)
            handle(number, SIG_DFL);
    }
}

void terminal::raw() noexcept {
    if (!has_keyboard_ || shared.is_raw != 0)
        return;
    shared.is_raw = 1; // first: a signal in between restores once too often rather than not
    make_raw(TCSADRAIN);
}

void terminal::take_pastes_in_brackets() noexcept {
    if (shared.is_raw == 0 || !can_draw_)
        return;
    shared.brackets = 1;
    send(brackets_on);
}

void terminal::restore() noexcept {
    if (shared.is_raw == 0)
        return;
    unmake_raw(TCSADRAIN);
    shared.is_raw = 0;
    shared.brackets = 0;
}

void terminal::resume() noexcept {
    if (shared.is_raw != 0)
        make_raw(TCSADRAIN);
}

bool terminal::take_signal(char byte) noexcept {
    const int number = byte == 0x1a ? SIGTSTP : byte == 0x1c ? SIGQUIT : 0;
    if (number != 0)
        ::kill(0, number);
    return number != 0;
}

std::size_t terminal::columns() noexcept {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

} // namespace cocqlsh
