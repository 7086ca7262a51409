#pragma once

#include <cocql/page_operation.hpp>
#include <cocql/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <type_traits>
#include <utility>

namespace cocql {

namespace detail {

template <class T, class Executor, class Operation>
boost::asio::awaitable<result<T>, Executor> resulting(Operation operation) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(operation);
            co_return result<T>();
        } else {
            co_return result<T>(co_await std::move(operation));
        }
    } catch (const error& failure) {
        co_return result<T>(failure);
    } catch (const boost::system::system_error& failure) {
        co_return result<T>(error(errc::cancelled, "cancelled").with(failure.code()));
    }
}

} // namespace detail

/// Turns an operation that throws into one that returns a result.
///
///     auto page = co_await cocql::as_result(connection.query("SELECT …"));
///     if (!page) std::cerr << page.error().what();
///
/// Catches cocql::error, and Asio's own exception for a cancelled coroutine (as errc::cancelled);
/// whatever else is thrown is a mistake in the program and passes through.
template <class T, class Executor>
boost::asio::awaitable<result<T>, Executor>
as_result(boost::asio::awaitable<T, Executor> operation) {
    return detail::resulting<T, Executor>(std::move(operation));
}
inline boost::asio::awaitable<result<page>> as_result(page_operation operation) {
    return detail::resulting<page, boost::asio::any_io_executor>(std::move(operation));
}

} // namespace cocql
