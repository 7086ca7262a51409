#pragma once

#include "cluster.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace cocql::tests {

/// A sibling that has all its connections.
inline boost::asio::awaitable<session> sibling_of(session app, boost::asio::any_io_executor where) {
    auto made = co_await app.on(where);
    co_await made.ready();
    co_return made;
}

/// The same, on another executor of the same thread.
inline boost::asio::awaitable<session> sibling_beside(session_cluster& cluster, session app) {
    auto making = sibling_of(std::move(app), boost::asio::make_strand(cluster.context));
    co_return co_await std::move(making);
}

/// What comes of it where it is cancelled after so many turns of the loop.
inline boost::asio::awaitable<result<session>>
sibling_cancelled_after(int turns, session_cluster& cluster, session app) {
    boost::asio::cancellation_signal stop;
    std::optional<result<session>> outcome;
    boost::asio::co_spawn(
        cluster.context, as_result(app.on(boost::asio::make_strand(cluster.context))),
        boost::asio::bind_cancellation_slot(
            stop.slot(), [&outcome](std::exception_ptr thrown, result<session> made) {
                if (thrown)
                    std::rethrow_exception(thrown);
                outcome = std::move(made);
            }));
    for (int i = 0; i < turns; ++i)
        co_await boost::asio::post(cluster.context, boost::asio::use_awaitable);
    stop.emit(boost::asio::cancellation_type::terminal);
    const auto over = [&]() -> boost::asio::awaitable<bool> { co_return outcome.has_value(); };
    co_await cluster.become(over);
    co_return std::move(*outcome);
}

} // namespace cocql::tests
