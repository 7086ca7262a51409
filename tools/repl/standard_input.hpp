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
    ~standard_input();
    standard_input(const standard_input&) = delete;
    standard_input& operator=(const standard_input&) = delete;

    /// Some bytes; none at the end of the input.
    boost::asio::awaitable<cocql::result<std::string>> read();

    /// Ends a read() that waits; it returns errc::cancelled.
    void cancel() noexcept;

  private:
    /// Asio makes what it owns non-blocking, and that belongs to the open file, which a terminal's
    /// other users share, standard output among them. So the file is opened anew where that can be
    /// done, and only copied where not.
    boost::asio::posix::stream_descriptor descriptor_;
    bool awaitable_ = false;
    int flags_before_ = -1; ///< to be put back on a file that is shared
};

} // namespace cocqlsh
