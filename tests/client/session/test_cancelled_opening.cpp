#include <cocql/as_result.hpp>
#include <cocql/session.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;

namespace {

/// Cancels an opening after so many turns of the loop. Whether it had succeeded all the same.
bool cancel_opening_after(int turns, scripted_cluster& cluster, asio::io_context& context,
                          asio::awaitable<session> opening) {
    CAPTURE(turns);
    asio::cancellation_signal stop;
    std::optional<result<session>> outcome;
    asio::co_spawn(context, as_result(std::move(opening)),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&outcome](std::exception_ptr thrown, result<session> made) {
                           if (thrown)
                               std::rethrow_exception(thrown);
                           outcome = std::move(made);
                       }));
    for (int i = 0; i < turns; ++i) {
        context.restart();
        context.poll_one();
    }
    stop.emit(asio::cancellation_type::terminal);
    cluster.run_until([&outcome] { return outcome.has_value(); });
    if (!outcome->has_value()) {
        CHECK(outcome->error().is(errc::cancelled));
        return false;
    }
    auto& made = **outcome;
    const auto answer = cluster.run(as_result(made.query("SELECT v FROM app.t")));
    CHECK(answer.has_value());
    cluster.run(made.close());
    return true;
}

} // namespace

TEST_CASE("A session whose opening is cancelled at its last moment is open, or not there") {
    asio::io_context context(1);
    cluster_settings settings;
    settings.size = 2;
    settings.in_memory = true;
    scripted_cluster cluster(context, settings);
    const options how(cluster.node(1).where());
    int turns = 0;
    while (!cancel_opening_after(turns, cluster, context, connect(how)))
        ++turns;
    for (int more = 1; more < 20; ++more)
        cancel_opening_after(turns + more, cluster, context, connect(how));
    auto app = cluster.run(connect(how));
    const auto beside = [&] { return app.on(asio::make_strand(context)); };
    turns = 0;
    while (!cancel_opening_after(turns, cluster, context, beside()))
        ++turns;
    for (int more = 1; more < 20; ++more)
        cancel_opening_after(turns + more, cluster, context, beside());
    cluster.run(app.close());
}
