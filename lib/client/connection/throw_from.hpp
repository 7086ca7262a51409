#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace cocql::client {

/// Throws what the application's code has thrown out of whatever runs the executor, from its queue:
/// that is where it would have gone, but not through the middle of ours, which has more to do.
[[gnu::cold, gnu::noinline]] inline void throw_from(const boost::asio::any_io_executor& executor,
                                                    std::exception_ptr thrown) {
    boost::asio::post(executor, [thrown = std::move(thrown)] { std::rethrow_exception(thrown); });
}

} // namespace cocql::client
