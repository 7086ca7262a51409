#pragma once

#include <boost/asio/completion_condition.hpp>

#include <cstddef>
#include <cstdint>

namespace cocql::io {

/// What asio::async_write() is told so that it writes all, and that it counts meanwhile: a long
/// write is one operation, of which nothing else is heard before its end.
class counted_transfer {
  public:
    /// Borrows the counter until the operation has completed.
    explicit counted_transfer(std::uint64_t& counter) noexcept
        : counter_(&counter), before_(counter) {}

    std::size_t operator()(const boost::system::error_code& code, std::size_t count) {
        *counter_ = before_ + count;
        return boost::asio::transfer_all()(code, count);
    }

  private:
    std::uint64_t* counter_;
    std::uint64_t before_;
};

} // namespace cocql::io
