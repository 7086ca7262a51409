#pragma once

#include "../worlds.hpp"
#include "cluster.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace cocql::tests {

/// Awaits an operation in another world, while the cluster's runs here; gives what it returned.
template <class T>
T from_elsewhere(session_cluster& cluster, world& other, boost::asio::awaitable<T> work) {
    std::optional<T> given;
    std::exception_ptr failed;
    boost::asio::co_spawn(other.executor(), std::move(work),
                          [&](std::exception_ptr thrown, T value) {
                              boost::asio::post(cluster.context, [&, thrown, value] {
                                  failed = thrown;
                                  given = value;
                              });
                          });
    cluster.until([&] { return given.has_value(); });
    if (failed)
        std::rethrow_exception(failed);
    return *given;
}

} // namespace cocql::tests
