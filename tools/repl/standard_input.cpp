#include "standard_input.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// The terminal or pipe on standard input, opened a second time; negative if that cannot be.
int opened_anew() noexcept {
    struct stat kind {};
    if (::fstat(STDIN_FILENO, &kind) != 0)
        return -1;
    if (!S_ISFIFO(kind.st_mode) && ::isatty(STDIN_FILENO) != 1)
        return -1; // a second opening of a regular file would begin at its beginning
    return ::open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

} // namespace

standard_input::standard_input(asio::any_io_executor executor) : descriptor_(std::move(executor)) {
    int file = opened_anew();
    if (file < 0) {
        flags_before_ = ::fcntl(STDIN_FILENO, F_GETFL);
        file = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    }
    boost::system::error_code refused;
    if (file >= 0)
        descriptor_.assign(file, refused);
    awaitable_ = file >= 0 && !refused;
    if (file >= 0 && refused)
        ::close(file); // epoll refuses regular files: they are read at once instead
}

standard_input::~standard_input() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    if (flags_before_ >= 0)
        ::fcntl(STDIN_FILENO, F_SETFL, flags_before_);
}

void standard_input::cancel() noexcept {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
}

asio::awaitable<cocql::result<std::string>> standard_input::read() {
    std::array<char, 65536> block;
    if (!awaitable_) {
        const auto count = ::read(STDIN_FILENO, block.data(), block.size());
        if (count < 0)
            co_return cocql::error(cocql::errc::io_failed,
                                   std::string("reading standard input: ") + std::strerror(errno));
        co_return std::string(block.data(), static_cast<std::size_t>(count));
    }
    auto [failed, count] = co_await descriptor_.async_read_some(
        asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    if (failed == asio::error::eof)
        co_return std::string();
    if (failed == asio::error::operation_aborted)
        co_return cocql::error(cocql::errc::cancelled, "interrupted");
    // A terminal that has hung up says EIO.
    if (failed.value() == EIO)
        co_return std::string();
    if (failed)
        co_return cocql::error(cocql::errc::io_failed,
                               "reading standard input: " + failed.message());
    co_return std::string(block.data(), count);
}

} // namespace cocqlsh
