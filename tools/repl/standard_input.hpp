#pragma once

#include <cocql/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <string>

namespace cocqlsh {

/// Standard input, awaited like everything else. A regular file or /dev/null cannot be waited for
/// and never makes anyone wait: those are read at once.
class standard_input {
  public:
    explicit standard_input(boost::asio::any_io_executor executor);
    standard_input(const standard_input&) = delete;
    standard_input& operator=(const standard_input&) = delete;

    /// Some bytes; none at the end of the input.
    boost::asio::awaitable<cocql::result<std::string>> read();

    /// Ends a read() that waits; it returns errc::cancelled.
    void cancel() noexcept;
    /// Whether bytes are there, or come within the time that the rest of a key's sequence takes.
    bool has_more_soon() const noexcept;

  private:
    cocql::result<std::optional<std::string>> read_now();

    /// Asio makes what it is given non-blocking, and that mode belongs to the open file, which
    /// others share: standard output among them, and whoever else uses the terminal, also after we
    /// are gone. So Asio is given an epoll set of our own that says when standard input can be
    /// read; standard input itself is left as it is.
    boost::asio::posix::stream_descriptor ready_;
    bool awaitable_ = false;
};

} // namespace cocqlsh
