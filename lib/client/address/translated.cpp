#include "client/address/translated.hpp"

#include "io/connect/alarm.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <string>
#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// What the translator has thrown, as the reason why the node was not connected to.
error reason(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const error& why) {
        return why;
    } catch (const std::exception& why) {
        return error(errc::connect_failed, why.what());
    } catch (...) {
        return error(errc::connect_failed, "an exception of another kind");
    }
}

/// From the queue, lest the application is called in the middle of anything. And a coroutine that
/// is cancelled before it has waited for anything ends, with Asio 1.26, out of run() and without
/// its handler.
asio::awaitable<endpoint> asked_from_queue(const address_translator& how, host_info node) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    auto asking = how(std::move(node));
    co_return co_await std::move(asking);
}

error failed(const std::string& address, error why) {
    return error(errc::connect_failed, "the address translator failed").at(address).because(why);
}

} // namespace

asio::awaitable<result<endpoint>> translated(const address_translator& how, host_info node,
                                             io::clock& clock, base::time_point deadline) {
    const auto executor = co_await asio::this_coro::executor;
    const auto ours = co_await asio::this_coro::cancellation_state;
    const auto address = node.where.to_string();
    asio::cancellation_signal stop;
    bool late = false;
    auto slot = ours.slot();
    if (slot.is_connected())
        slot.assign([&stop](asio::cancellation_type type) { stop.emit(type); });
    std::exception_ptr thrown;
    result<endpoint> given = error(errc::cancelled, "no address was given");
    {
        const io::alarm limit(clock, executor, deadline, [&stop, &late] {
            late = true;
            stop.emit(asio::cancellation_type::terminal);
        });
        try {
            auto asking = asked_from_queue(how, std::move(node));
            given = co_await asio::co_spawn(
                executor, std::move(asking),
                asio::bind_cancellation_slot(stop.slot(), asio::use_awaitable));
        } catch (...) {
            thrown = std::current_exception();
        }
    }
    stop.slot().clear();
    if (slot.is_connected())
        slot.clear();
    if (ours.cancelled() != asio::cancellation_type::none)
        co_return error(errc::cancelled, "connecting was cancelled").at(address);
    if (thrown && late)
        co_return error(errc::timed_out, "the address translator took too long").at(address);
    if (thrown)
        co_return failed(address, reason(std::move(thrown)));
    if (given && given->host().empty())
        co_return failed(address, error(errc::invalid_argument, "it gave no host"));
    co_return given;
}

} // namespace cocql::client
