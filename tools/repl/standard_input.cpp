#include "standard_input.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// The bytes of a key's sequence come together, but for what a slow line puts between them.
constexpr int milliseconds_in_sequence = 50;

bool can_be_read(int milliseconds) noexcept {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, milliseconds) == 1;
}

} // namespace

standard_input::standard_input(asio::any_io_executor executor) : ready_(std::move(executor)) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0)
        return;
    epoll_event readable{};
    readable.events = EPOLLIN;
    boost::system::error_code refused;
    // It refuses regular files: they are read at once instead.
    awaitable_ = ::epoll_ctl(set, EPOLL_CTL_ADD, STDIN_FILENO, &readable) == 0 &&
                 !ready_.assign(set, refused);
    if (!awaitable_)
        ::close(set);
}

void standard_input::cancel() noexcept {
    boost::system::error_code ignored;
    ready_.cancel(ignored);
}

bool standard_input::has_more_soon() const noexcept {
    return can_be_read(milliseconds_in_sequence);
}

/// Nothing where others who read the same input were faster.
cocql::result<std::optional<std::string>> standard_input::read_now() {
    std::array<char, 65536> block;
    if (awaitable_ && !can_be_read(0))
        return std::optional<std::string>();
    const auto count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count >= 0)
        return std::optional<std::string>(
            std::string(block.data(), static_cast<std::size_t>(count)));
    // A terminal that has hung up says EIO.
    if (awaitable_ && errno == EIO)
        return std::optional<std::string>(std::string());
    if (errno == EINTR || (awaitable_ && errno == EAGAIN))
        return std::optional<std::string>();
    return cocql::error(cocql::errc::io_failed,
                        std::string("reading standard input: ") + std::strerror(errno));
}

asio::awaitable<cocql::result<std::string>> standard_input::read() {
    for (;;) {
        if (awaitable_) {
            const auto [failed] = co_await ready_.async_wait(
                asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::use_awaitable));
            if (failed == asio::error::operation_aborted)
                co_return cocql::error(cocql::errc::cancelled, "interrupted");
            if (failed)
                co_return cocql::error(cocql::errc::io_failed,
                                       "waiting for standard input: " + failed.message());
        }
        auto block = read_now();
        if (!block)
            co_return block.error();
        if (*block)
            co_return std::move(**block);
    }
}

} // namespace cocqlsh
