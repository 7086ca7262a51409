#include "own_policy.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// A cluster of which nodes die by a request that they have received and not answered.
class dying_cluster : public session_cluster {
  public:
    explicit dying_cluster(int size) : session_cluster(size) {
        for (int i = 1; i <= size; ++i)
            node(i).options().delay = [this, i](const std::string&) -> std::chrono::milliseconds {
                return dead.contains(i) ? 1h : 0h;
            };
        answer = [this](int number, const node_request& request) -> std::optional<node_reply> {
            values.clear();
            for (const auto& each : request.values)
                values.push_back(each.value_or(std::vector<std::byte>()));
            if (dying == 0)
                return otherwise;
            --dying;
            dead.insert(number);
            asio::post(context, [this, number] { node(number).stop(); });
            return std::nullopt;
        };
    }

    int dying = 0; ///< by so many of the next requests
    std::set<int> dead;
    std::vector<std::vector<std::byte>> values; ///< of the last request
    std::optional<node_reply> otherwise;        ///< what others are answered with; nothing: as ever
};

statement_options repeatable() {
    return statement_options().idempotent();
}

/// How it ends when the first node dies by it, and how often it was asked for.
struct ending {
    result<page> outcome;
    std::size_t requests;
    std::uint64_t retries;
};

asio::awaitable<ending> die_by(dying_cluster& cluster, session& app, asio::awaitable<page> asking) {
    const auto before = co_await app.metrics();
    cluster.requests.clear();
    cluster.dying = 1;
    auto outcome = co_await as_result(std::move(asking));
    const auto after = co_await app.metrics();
    ending how{std::move(outcome), cluster.requests.size(), after.retries - before.retries};
    co_return how;
}

using asking = std::function<asio::awaitable<page>(session&, statement_options)>;

/// All ways to execute a statement.
std::vector<asking> all_ways() {
    const auto execute = [](session& app, statement_options how) -> asio::awaitable<page> {
        const auto find = co_await app.prepare(session_cluster::find_cql);
        auto asking = app.execute(find, how, "a key");
        co_return co_await std::move(asking);
    };
    const auto query = [](session& app, statement_options how) { return app.query(read_cql, how); };
    const auto many = [](session& app, statement_options how) -> asio::awaitable<page> {
        const auto put = co_await app.prepare(session_cluster::put_cql);
        batch several;
        several.add(put, "a key", "v").add(put, "a key", "w");
        auto asking = app.execute(several, how);
        co_return co_await std::move(asking);
    };
    const auto first_page = [](session& app, statement_options how) -> asio::awaitable<page> {
        const auto find = co_await app.prepare(session_cluster::find_cql);
        auto pages = app.pages(find, how, "a key");
        auto first = co_await pages.next();
        co_return std::move(first.value());
    };
    return {execute, query, many, first_page};
}

asio::awaitable<void> ask_repeatably(session app, std::optional<result<page>>& outcome) {
    outcome = co_await as_result(app.query(read_cql, repeatable()));
}

} // namespace

TEST_CASE("A statement that may be carried out twice survives its node, which dies before it has "
          "answered") {
    for (const auto& ask : all_ways()) {
        dying_cluster cluster(3);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            auto dying = die_by(cluster, app, ask(app, repeatable()));
            const auto how = co_await std::move(dying);
            CHECK(how.outcome.has_value());
            CHECK(how.requests == 2);
            CHECK(how.retries == 1);
            CHECK(cluster.requests[0].node != cluster.requests[1].node);
            CHECK(cluster.dead == std::set<int>{cluster.requests[0].node});
            const auto counted = co_await app.metrics();
            CHECK(counted.counts.failures.of(failure_kind::connection) == 1);
            CHECK(counted.no_host == 0);
            co_await app.close();
        });
    }
}

TEST_CASE("A statement that may not be carried out twice, which is what it is unless said "
          "otherwise, is sent to no other node, and its outcome is unknown") {
    for (const auto& ask : all_ways())
        for (const auto& options : {statement_options(), statement_options().idempotent(false)}) {
            dying_cluster cluster(3);
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await cluster.connected();
                auto dying = die_by(cluster, app, ask(app, options));
                const auto how = co_await std::move(dying);
                REQUIRE(!how.outcome.has_value());
                CHECK(kind_of(how.outcome.error()) == failure_kind::connection);
                CHECK(how.outcome.error().outcome() == request_outcome::maybe_executed);
                CHECK(how.requests == 1);
                CHECK(how.retries == 0);
                co_await app.close();
            });
        }
}

TEST_CASE("That a conditional statement may be carried out twice is the application's word") {
    for (const bool said : {false, true}) {
        dying_cluster cluster(3);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto set = co_await app.prepare("UPDATE app.t SET v = 1 WHERE k = ? IF EXISTS");
            const auto options = statement_options().idempotent(said);
            auto dying = die_by(cluster, app, app.execute(set, options, "a key"));
            const auto how = co_await std::move(dying);
            CHECK(how.outcome.has_value() == said);
            CHECK(how.requests == (said ? 2 : 1));
            co_await app.close();
        });
    }
}

TEST_CASE("What is sent again is the same, long values included") {
    dying_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto put = co_await app.prepare(session_cluster::put_cql);
        const std::string text(300'000, 'x');
        std::vector<std::byte> long_value;
        for (const auto each : text)
            long_value.push_back(static_cast<std::byte>(each));
        const std::vector<std::vector<std::byte>> wanted{{std::byte{'k'}}, long_value};
        auto dying = die_by(cluster, app, app.execute(put, repeatable(), "k", text));
        const auto how = co_await std::move(dying);
        CHECK(how.outcome.has_value());
        CHECK(how.requests == 2);
        CHECK((cluster.values == wanted));
        co_await app.close();
    });
}

TEST_CASE("It is tried on each node once, and then fails and may have been executed") {
    dying_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        cluster.dying = 100;
        const auto outcome = co_await as_result(app.execute(find, repeatable(), "a key"));
        REQUIRE(!outcome.has_value());
        CHECK(outcome.error().is(errc::no_host_available));
        CHECK(outcome.error().outcome() == request_outcome::maybe_executed);
        CHECK(outcome.error().attempts().size() == 3);
        CHECK(cluster.requests.size() == 3);
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 3});
        co_await app.close();
    });
}

TEST_CASE("Where the node is named there is no other one") {
    dying_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto there = repeatable().route(request_route::to_host(id_of(2)));
        auto dying = die_by(cluster, app, app.query(read_cql, there));
        const auto how = co_await std::move(dying);
        REQUIRE(!how.outcome.has_value());
        CHECK(how.outcome.error().outcome() == request_outcome::maybe_executed);
        CHECK(how.requests == 1);
        co_await app.close();
    });
}

TEST_CASE(
    "What a server answers, and a time-out, are the last word, and where a former attempt may "
    "have been executed the error says so") {
    dying_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.otherwise = error_of(server_error{server_error_code::overloaded, "no", {}});
        const auto refused = co_await as_result(app.query(read_cql, repeatable()));
        REQUIRE(!refused.has_value());
        CHECK(refused.error().outcome() == request_outcome::answered);
        CHECK(cluster.requests.size() == 1);
        auto dying = die_by(cluster, app, app.query(read_cql, repeatable()));
        const auto how = co_await std::move(dying);
        REQUIRE(!how.outcome.has_value());
        const auto& why = how.outcome.error();
        CHECK(how.requests == 2);
        CHECK(why.is(errc::server_error));
        CHECK(why.server()->code == server_error_code::overloaded);
        CHECK(why.outcome() == request_outcome::maybe_executed);
        REQUIRE(why.attempts().size() == 2);
        CHECK(kind_of(why.attempts()[0]) == failure_kind::connection);
        CHECK(why.attempts()[1].outcome() == request_outcome::answered);

        cluster.requests.clear();
        for (const auto& each : cluster.nodes)
            each->options().silent_statement = "SELECT silence";
        const auto brief = repeatable().timeout(300ms);
        const auto late = co_await as_result(app.query("SELECT silence", brief));
        REQUIRE(!late.has_value());
        CHECK(late.error().is(errc::timed_out));
        CHECK(late.error().attempts().empty());
        std::size_t silent = 0;
        for (const auto& each : cluster.nodes)
            silent += static_cast<std::size_t>(
                std::ranges::count(each->statements(), std::string("SELECT silence")));
        CHECK(silent == 1);
        co_await app.close();
    });
}

TEST_CASE("All attempts have the time of one: what is left of it is the next one's") {
    dying_cluster cluster(2);
    const auto policy = std::make_shared<own_policy>();
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        // The second is not asked before the time is over.
        policy->chooses = [&](const routed_request& what, request_candidates& among) {
            const auto over = std::chrono::steady_clock::now() + 40ms;
            while (what.attempt == 2 && std::chrono::steady_clock::now() < over) {
            }
            const auto next = among.next();
            return next ? std::optional(next->host) : std::nullopt;
        };
        auto dying = die_by(cluster, app, app.query(read_cql, repeatable().timeout(30ms)));
        const auto how = co_await std::move(dying);
        REQUIRE(!how.outcome.has_value());
        CHECK(how.outcome.error().is(errc::timed_out));
        CHECK(how.outcome.error().outcome() == request_outcome::maybe_executed);
        CHECK(how.requests <= 1);
        co_await app.close();
    });
}

TEST_CASE(
    "The execution profile says it where the statement does not, and a policy is told of it") {
    dying_cluster cluster(3);
    cluster.options.execution_profile(execution_profile().idempotent());
    cluster.options.execution_profile("writes", execution_profile().idempotent(false));
    const auto policy = std::make_shared<own_policy>();
    std::vector<bool> told;
    policy->chooses = [&told](const routed_request& what, request_candidates& among) {
        told.push_back(what.is_idempotent);
        const auto next = among.next();
        return next ? std::optional(next->host) : std::nullopt;
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const std::vector<std::pair<statement_options, bool>> all = {
            {statement_options(), true},
            {statement_options().idempotent(false), false},
            {by("writes"), false},
            {by("writes").idempotent(), true}};
        for (const auto& [options, is_repeatable] : all) {
            told.clear();
            auto asking = app.query(read_cql, options);
            co_await std::move(asking);
            CHECK(told == std::vector<bool>{is_repeatable});
        }
        // Literal statements with arguments go by the default profile alone.
        auto dying = die_by(cluster, app, app.query("SELECT v FROM app.t WHERE k = ?", "a key"));
        const auto usual = co_await std::move(dying);
        CHECK(usual.outcome.has_value());
        auto written = die_by(cluster, app, app.query(read_cql, by("writes")));
        const auto once = co_await std::move(written);
        CHECK(!once.outcome.has_value());
        co_await app.close();
    });
}

TEST_CASE("One that is cancelled when it is about to be sent again may have been executed, too") {
    dying_cluster cluster(3);
    const auto policy = std::make_shared<own_policy>();
    asio::cancellation_signal signal;
    policy->chooses = [&signal](const routed_request& what, request_candidates& among) {
        if (what.attempt == 2)
            signal.emit(asio::cancellation_type::terminal);
        const auto next = among.next();
        return next ? std::optional(next->host) : std::nullopt;
    };
    cluster.options.load_balancing_policy(policy);
    std::optional<session> app;
    cluster.run([&]() -> asio::awaitable<void> { app = co_await cluster.connected(); });
    cluster.dying = 1;
    std::optional<result<page>> outcome;
    asio::co_spawn(cluster.context, ask_repeatably(*app, outcome),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr thrown) {
                       if (thrown)
                           std::rethrow_exception(thrown);
                   }));
    cluster.until([&] { return outcome.has_value(); });
    REQUIRE(!*outcome);
    CHECK(outcome->error().is(errc::cancelled));
    CHECK(outcome->error().outcome() == request_outcome::maybe_executed);
    CHECK(cluster.requests.size() == 1);
    CHECK(policy->begun.size() == policy->ended.size());
    cluster.run([&]() -> asio::awaitable<void> { co_await app->close(); });
}

TEST_CASE("A session that is closed meanwhile repeats nothing, and says that it may have been "
          "executed") {
    dying_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        cluster.dead = {1, 2}; // who say nothing
        std::optional<result<page>> outcome;
        start(cluster.context,
              [](session app, prepared_statement find,
                 std::optional<result<page>>& outcome) -> asio::awaitable<void> {
                  outcome = co_await as_result(app.execute(find, repeatable(), "a key"));
              }(app, find, outcome));
        const auto is_sent = [&]() -> asio::awaitable<bool> {
            co_return cluster.requests.size() == 1;
        };
        co_await cluster.become(is_sent);
        co_await app.close();
        const auto is_over = [&]() -> asio::awaitable<bool> { co_return outcome.has_value(); };
        co_await cluster.become(is_over);
        REQUIRE(!outcome->has_value());
        CHECK(outcome->error().is(errc::connection_closed));
        CHECK(outcome->error().outcome() == request_outcome::maybe_executed);
        CHECK(cluster.requests.size() == 1);
    });
}
