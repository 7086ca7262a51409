#pragma once

#include <cocql/page_operation.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

// Asio's operators take awaitables alone, and deduce what they are of.

namespace cocql {

namespace detail {

template <class Left, class Right>
auto both(boost::asio::awaitable<Left> left, boost::asio::awaitable<Right> right) {
    using namespace boost::asio::experimental::awaitable_operators;
    return std::move(left) && std::move(right);
}
template <class Left, class Right>
auto first_of(boost::asio::awaitable<Left> left, boost::asio::awaitable<Right> right) {
    using namespace boost::asio::experimental::awaitable_operators;
    return std::move(left) || std::move(right);
}

} // namespace detail

namespace detail::joining {

template <class T>
auto operator&&(page_operation left, boost::asio::awaitable<T> right) {
    return detail::both(boost::asio::awaitable<page>(std::move(left)), std::move(right));
}
template <class T>
auto operator&&(boost::asio::awaitable<T> left, page_operation right) {
    return detail::both(std::move(left), boost::asio::awaitable<page>(std::move(right)));
}
inline auto operator&&(page_operation left, page_operation right) {
    return detail::both(boost::asio::awaitable<page>(std::move(left)),
                        boost::asio::awaitable<page>(std::move(right)));
}

template <class T>
auto operator||(page_operation left, boost::asio::awaitable<T> right) {
    return detail::first_of(boost::asio::awaitable<page>(std::move(left)), std::move(right));
}
template <class T>
auto operator||(boost::asio::awaitable<T> left, page_operation right) {
    return detail::first_of(std::move(left), boost::asio::awaitable<page>(std::move(right)));
}
inline auto operator||(page_operation left, page_operation right) {
    return detail::first_of(boost::asio::awaitable<page>(std::move(left)),
                            boost::asio::awaitable<page>(std::move(right)));
}

} // namespace detail::joining

} // namespace cocql
