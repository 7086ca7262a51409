#include "standard_input.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace cocqlsh {

namespace asio = boost::asio;

standard_input::standard_input(asio::any_io_executor executor) : descriptor_(std::move(executor)) {
    flags_before_ = ::fcntl(STDIN_FILENO, F_GETFL);
    const int copy = ::dup(STDIN_FILENO);
    boost::system::error_code refused;
    if (copy >= 0)
        descriptor_.assign(copy, refused);
    awaitable_ = copy >= 0 && !refused;
    if (copy >= 0 && refused)
        ::close(copy); // epoll refuses regular files: they are read at once instead
}

standard_input::~standard_input() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    // The flags belong to the open file, which the shell that started us shares.
    if (flags_before_ >= 0)
        ::fcntl(STDIN_FILENO, F_SETFL, flags_before_);
}

asio::awaitable<cocql::result<std::string>> standard_input::read() {
    std::array<char, 4096> block;
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
