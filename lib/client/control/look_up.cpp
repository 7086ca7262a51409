#include "client/control/look_up.hpp"

#include "io/connect/alarm.hpp"
#include "io/connect/budget.hpp"
#include "io/connect/interruption.hpp"
#include "io/stream/name_rules.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error no_more_wanted() {
    return error(errc::cancelled, "the look-up was told to stop");
}

} // namespace

asio::awaitable<result<std::vector<candidate>>> look_up(candidate named,
                                                        const connection_options& options,
                                                        const io::resolver_settings& names,
                                                        const io::surroundings& surroundings) {
    auto& clock = surroundings.clock();
    const auto& where = named.where();
    if (options.tls_settings())
        if (const auto possible = io::name_rules::decide(*options.tls_settings(), where.host());
            !possible)
            co_return possible.error().at(where.to_string());
    const auto executor = co_await asio::this_coro::executor;
    const auto ours = co_await asio::this_coro::cancellation_state;
    io::budget budget(clock.now(), options.connect_timeout());
    budget.phases().enter(phase::resolve, clock.now());
    io::interruption stop;
    if (options.connect_timeout() && *options.connect_timeout() <= base::duration::zero())
        stop.interrupt(budget.phases().timed_out(clock.now()));
    auto slot = ours.slot();
    if (slot.is_connected())
        slot.assign([&stop](asio::cancellation_type) { stop.interrupt(no_more_wanted()); });
    result<std::vector<asio::ip::tcp::endpoint>> found = no_more_wanted();
    {
        const io::alarm deadline(clock, executor, budget.deadline(), [&stop, &budget, &clock] {
            stop.interrupt(budget.phases().timed_out(clock.now()));
        });
        auto looking = surroundings.network().resolve(where, stop, names);
        // It is told to stop, and not cancelled: as a part of this coroutine it would take our
        // place in the slot.
        found = co_await asio::co_spawn(
            executor, std::move(looking),
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    }
    if (slot.is_connected())
        slot.clear();
    if (!found) {
        auto why = found.error();
        if (why.times().empty())
            why.in(phase::resolve, budget.phases().times(clock.now()));
        co_return why.at(where.to_string());
    }
    std::vector<candidate> all;
    for (const auto& each : *found)
        all.emplace_back(where.host(), endpoint(each.address().to_string(), each.port()));
    co_return all;
}

} // namespace cocql::client
