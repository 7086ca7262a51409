#include "wait_for.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <tuple>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

asio::awaitable<bool> wait_for(asio::awaitable<void> connections,
                               std::optional<std::chrono::steady_clock::duration> limit) {
    if (!limit) {
        co_await std::move(connections);
        co_return true;
    }
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, *limit);
    auto both = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(connections), asio::deferred),
        timer.async_wait(asio::deferred));
    const auto ended =
        co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    co_return std::get<0>(ended)[0] == 0;
}

} // namespace cocqlsh
