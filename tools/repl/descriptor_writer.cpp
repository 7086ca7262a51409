#include "descriptor_writer.hpp"

#include <climits>

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

namespace {

/// A pipe that is ready takes so much without making anyone wait.
constexpr std::size_t written_at_once = PIPE_BUF;
/// A person sees what was printed without delay, and an interruption drops little.
constexpr std::size_t kept_for_terminal = 4096;
constexpr std::size_t kept_for_others = 65536;

} // namespace

descriptor_writer::kind descriptor_writer::kind_of(int descriptor) noexcept {
    struct stat status {};
    if (::isatty(descriptor) == 1)
        return kind::terminal;
    if (::fstat(descriptor, &status) != 0)
        return kind::other;
    return S_ISSOCK(status.st_mode)  ? kind::socket
           : S_ISREG(status.st_mode) ? kind::file
                                     : kind::other;
}

descriptor_writer::descriptor_writer(int descriptor, const interruption* interrupted) noexcept
    : descriptor_(descriptor), interrupted_(interrupted), kind_(kind_of(descriptor)) {}

void descriptor_writer::write(std::string_view text) {
    kept_ += text;
    if (kept_.size() >= (is_terminal() ? kept_for_terminal : kept_for_others))
        flush();
}

bool descriptor_writer::is_ready(bool wait) const noexcept {
    std::array<pollfd, 2> both{};
    both[0].fd = descriptor_;
    both[0].events = POLLOUT;
    both[1].fd = interrupted_ != nullptr ? interrupted_->descriptor() : -1;
    both[1].events = POLLIN;
    const int ready = ::poll(both.data(), both.size(), wait ? -1 : 0);
    return ready > 0 && both[0].revents != 0;
}

/// Whether to go on.
bool descriptor_writer::write_some(std::string_view& text) noexcept {
    // Regular files are always ready, others when poll() says so; what is written then does not
    // make us wait where an interruption would not be seen.
    const auto size = kind_ == kind::file ? text.size() : std::min(text.size(), written_at_once);
    const auto written = kind_ == kind::socket
                             ? ::send(descriptor_, text.data(), size, MSG_DONTWAIT)
                             : ::write(descriptor_, text.data(), size);
    if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
        return true;
    }
    const bool later = errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
    failed_ = failed_ || !later;
    return later;
}

void descriptor_writer::flush() noexcept {
    std::string_view left = kept_;
    while (!left.empty()) {
        const bool ready = kind_ == kind::file || is_ready(!is_interrupted());
        if (is_interrupted() && (is_terminal() || !ready)) {
            cut_ = true;
            break;
        }
        if (ready && !write_some(left))
            break;
    }
    kept_.clear();
}

bool descriptor_writer::take_failure() noexcept {
    return std::exchange(failed_, false);
}

bool descriptor_writer::take_cut() noexcept {
    return std::exchange(cut_, false);
}

} // namespace cocqlsh
