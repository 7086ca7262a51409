#pragma once

#include <cocql/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <type_traits>
#include <utility>

namespace cocql::detail {

/// An operation of several steps: where it is cancelled between two of them Asio throws an
/// exception of its own, which becomes errc::cancelled.
template <class T>
boost::asio::awaitable<T> cancelled_as_error(boost::asio::awaitable<T> operation) {
    try {
        if constexpr (std::is_void_v<T>)
            co_await std::move(operation);
        else
            co_return co_await std::move(operation);
    } catch (const boost::system::system_error& thrown) {
        if (thrown.code() != boost::asio::error::operation_aborted)
            throw;
        throw error(errc::cancelled, "the operation was cancelled").with(thrown.code());
    }
}

} // namespace cocql::detail
