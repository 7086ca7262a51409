#include "cancelling_observer.hpp"
#include "garbling_relay.hpp"
#include "noting_cluster.hpp"

#include <cocql/as_result.hpp>
#include <cocql/page_operation.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* silence_of_node_cql = "UPDATE app.t SET v = 1 WHERE k = 'silence'";
constexpr const char* update_cql = "UPDATE app.t SET v = 1 WHERE k = ?";
constexpr int number_of_updates = 16;

/// Two nodes that have room for one request at a time, of which the first is behind a relay.
class crowded_cluster : public session_cluster {
  public:
    crowded_cluster() : session_cluster(2) {
        node(1).options().silent_statement = silence_of_node_cql;
        options.connection(options.connection().max_in_flight(1));
        options.address_translator(
            [this](host_info host) { return host.id == id_of(1) ? relay.where() : host.where; });
    }
    ~crowded_cluster() { relay.stop(); }

    std::ptrdiff_t came_to(int number, const std::string& cql) {
        return std::ranges::count(node(number).statements(), cql);
    }

    garbling_relay relay{context, node(1).where()};
};

using outcome_or_none = std::optional<result<page>>;

asio::awaitable<void> query_into(session app, std::string cql, statement_options how,
                                 outcome_or_none& into) {
    into = co_await as_result(app.query(std::move(cql), how));
}

asio::awaitable<void> execute_into(page_operation what, outcome_or_none& into) {
    into = co_await as_result(std::move(what));
}

/// As a callback, which is served by a coroutine.
auto taking(outcome_or_none& into) {
    return [&into](std::exception_ptr thrown, page given) {
        try {
            rethrow(thrown);
            into = std::move(given);
        } catch (const error& why) {
            into = why;
        }
    };
}

/// The first node is busy with something that it does not answer, and updates wait there for their
/// turn, as many as fall to it.
class waiting_updates {
  public:
    asio::awaitable<void> begin(crowded_cluster& cluster, session& app,
                                statement_options how = statement_options()) {
        auto preparing = app.prepare(update_cql);
        const auto update = co_await std::move(preparing);
        start(cluster.context,
              query_into(app, silence_of_node_cql,
                         statement_options().timeout(60s).route(request_route::to_host(id_of(1))),
                         busy));
        const auto is_busy = [&]() -> asio::awaitable<bool> {
            co_return cluster.came_to(1, silence_of_node_cql) == 1;
        };
        co_await cluster.become(is_busy);
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            auto& into = outcomes[i];
            auto execution = app.execute(update, how, "key " + std::to_string(i));
            if (i % 2 == 0)
                start(cluster.context, execute_into(std::move(execution), into));
            else
                std::move(execution)(asio::bind_executor(cluster.context, taking(into)));
        }
        const auto others_answered = [&]() -> asio::awaitable<bool> {
            co_return cluster.came_to(2, update_cql) == answered() && answered() != 0;
        };
        co_await cluster.become(others_answered);
        for (int i = 0; i < 100; ++i)
            co_await asio::post(cluster.context, asio::use_awaitable);
        REQUIRE(answered() < number_of_updates);
    }
    std::ptrdiff_t answered() const {
        return std::ranges::count_if(outcomes, [](const auto& each) { return each.has_value(); });
    }

    outcome_or_none busy;
    std::vector<outcome_or_none> outcomes = std::vector<outcome_or_none>(number_of_updates);
};

} // namespace

TEST_CASE("Bound statements that wait on a connection which breaks are executed by the other node, "
          "once each") {
    for (const bool with_options : {false, true}) {
        CAPTURE(with_options);
        crowded_cluster cluster;
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            waiting_updates updates;
            const auto how = with_options ? statement_options().timeout(60s) : statement_options();
            auto beginning = updates.begin(cluster, app, how);
            co_await std::move(beginning);
            cluster.relay.garble();
            const auto all_answered = [&]() -> asio::awaitable<bool> {
                co_return updates.answered() == number_of_updates;
            };
            co_await cluster.become(all_answered);
            for (const auto& each : updates.outcomes)
                REQUIRE_MESSAGE(each->has_value(), each->error().what());
            CHECK(cluster.came_to(1, update_cql) == 0);
            CHECK(cluster.came_to(2, update_cql) == number_of_updates);
            const auto counted = co_await app.metrics();
            CHECK(counted.retries != 0);
            CHECK(counted.counts.failures.all() >= counted.retries);
            co_await app.close();
        });
    }
}

TEST_CASE("Bound statements that wait for their turn end with the session, and are sent nowhere") {
    crowded_cluster cluster;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        waiting_updates updates;
        auto beginning = updates.begin(cluster, app);
        co_await std::move(beginning);
        const auto before = updates.answered();
        co_await app.close();
        const auto all_ended = [&]() -> asio::awaitable<bool> {
            co_return updates.answered() == number_of_updates;
        };
        co_await cluster.become(all_ended);
        CHECK(cluster.came_to(2, update_cql) == before);
        const auto failed = std::ranges::count_if(updates.outcomes, [](const auto& each) {
            return !each->has_value() && each->error().outcome() == request_outcome::not_sent;
        });
        CHECK(failed == number_of_updates - before);
    });
}

TEST_CASE("An io_context that is destroyed takes bound statements along that wait on a session") {
    const auto token = std::make_shared<int>();
    bool resumed = false;
    {
        crowded_cluster cluster;
        waiting_updates updates;
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            auto beginning = updates.begin(cluster, app);
            co_await std::move(beginning);
            const auto update = co_await app.prepare(update_cql);
            for (int i = 0; i < number_of_updates; ++i)
                app.execute(update, "more " + std::to_string(i))(
                    [token, &resumed](std::exception_ptr, page) { resumed = true; });
        });
        cluster.relay.stop();
        CHECK(token.use_count() > 1);
        resumed = false;
    }
    CHECK(!resumed);
    CHECK(token.use_count() == 1);
}

TEST_CASE("The callback of a bound statement is cancelled by its slot while it waits for its turn, "
          "and also on its way to another node") {
    crowded_cluster cluster;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        waiting_updates updates;
        auto beginning = updates.begin(cluster, app);
        co_await std::move(beginning);
        const auto update = co_await app.prepare(update_cql);
        constexpr std::size_t count = 32;
        std::vector<asio::cancellation_signal> stops(count);
        std::vector<outcome_or_none> outcomes(count);
        for (std::size_t i = 0; i < count; ++i)
            app.execute(update, "more " + std::to_string(i))(asio::bind_executor(
                cluster.context,
                asio::bind_cancellation_slot(stops[i].slot(), taking(outcomes[i]))));
        for (int i = 0; i < 100; ++i)
            co_await asio::post(cluster.context, asio::use_awaitable);
        for (std::size_t i = 0; i < count / 2; ++i)
            stops[i].emit(asio::cancellation_type::terminal);
        cluster.relay.garble();
        for (std::size_t i = count / 2; i < count; ++i) {
            co_await asio::post(cluster.context, asio::use_awaitable);
            stops[i].emit(asio::cancellation_type::terminal);
        }
        const auto all_ended = [&]() -> asio::awaitable<bool> {
            co_return std::ranges::all_of(outcomes,
                                          [](const auto& each) { return each.has_value(); });
        };
        co_await cluster.become(all_ended);
        for (const auto& each : outcomes)
            if (!each->has_value())
                CHECK(each->error().is(errc::cancelled));
        co_await app.close();
    });
}

TEST_CASE("Bound statements of an empty session fail, whoever awaits them") {
    asio::io_context context(1);
    outcome_or_none of_callback, of_coroutine;
    const prepared_statement none;
    session().execute(none)(asio::bind_executor(context, taking(of_callback)));
    start(context, execute_into(session().execute(none), of_coroutine));
    context.run();
    for (const auto* each : {&of_callback, &of_coroutine}) {
        REQUIRE(each->has_value());
        REQUIRE(!(*each)->has_value());
        CHECK((*each)->error().is(errc::connection_closed));
    }
}

TEST_CASE(
    "A bound statement that is cancelled when a connection was too busy for it is not sent to "
    "another node") {
    int refused = 0;
    for (int i = 0; i < number_of_updates; ++i) {
        crowded_cluster cluster;
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            waiting_updates updates; // of which some wait at the first node
            auto beginning = updates.begin(cluster, app);
            co_await std::move(beginning);
            const auto update = co_await app.prepare(update_cql);
            const auto before = cluster.came_to(2, update_cql);
            outcome_or_none outcome;
            asio::cancellation_signal stop;
            app.execute(update, statement_options().busy(when_busy::refuse),
                        "key " + std::to_string(i))(asio::bind_executor(
                cluster.context, asio::bind_cancellation_slot(stop.slot(), taking(outcome))));
            stop.emit(asio::cancellation_type::terminal);
            const auto ended = [&]() -> asio::awaitable<bool> { co_return outcome.has_value(); };
            co_await cluster.become(ended);
            REQUIRE(!outcome->has_value());
            if (outcome->error().is(errc::connection_busy)) {
                ++refused;
                CHECK(cluster.came_to(2, update_cql) == before);
            }
            const auto counted = co_await app.metrics();
            CHECK(counted.retries == 0);
            co_await app.close();
            const auto all_ended = [&]() -> asio::awaitable<bool> {
                co_return updates.answered() == number_of_updates;
            };
            co_await cluster.become(all_ended);
        });
    }
    CHECK(refused != 0);
}

namespace {
asio::awaitable<void> execute_once(session app, prepared_statement statement,
                                   cancelling_observer& observer, outcome_or_none& outcome) {
    // The next one begins in the middle of what the connection reads.
    co_await app.execute(statement, "key");
    observer.begun = observer.ended = 0;
    observer.armed = true;
    auto execution = as_result(app.execute(statement, "key"));
    outcome = co_await std::move(execution);
}
} // namespace

TEST_CASE("A bound statement that an observer cancels as its attempt begins is not sent") {
    session_cluster cluster(1, 0);
    const auto observer = std::make_shared<cancelling_observer>();
    cluster.options.observer(observer);
    std::optional<session> app;
    prepared_statement find;
    cluster.run([&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        find = co_await app->prepare(session_cluster::find_cql);
    });
    cluster.requests.clear();
    outcome_or_none outcome;
    asio::co_spawn(cluster.context, execute_once(*app, find, *observer, outcome),
                   asio::bind_cancellation_slot(observer->signal.slot(), rethrow));
    cluster.until([&] { return outcome.has_value(); });
    REQUIRE(!outcome->has_value());
    CHECK((*outcome).error().is(errc::cancelled));
    CHECK((*outcome).error().outcome() == request_outcome::not_sent);
    CHECK(observer->begun == observer->ended);
    CHECK(observer->failure.is(errc::cancelled));
    CHECK(cluster.requests.size() == 1);
    observer->armed = false;
    cluster.run([&]() -> asio::awaitable<void> { co_await app->close(); });
}
