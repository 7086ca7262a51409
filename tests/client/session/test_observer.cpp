#include "cancelling_observer.hpp"
#include "cluster.hpp"

#include <cocql/as_result.hpp>
#include <cocql/request_observer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

/// Takes down what it is told.
class note_taker final : public request_observer {
  public:
    struct attempt {
        std::uint64_t request = 0;
        std::uint32_t number = 0;
        uuid host;
        endpoint where;
        std::optional<std::uint32_t> shard;
        std::string operation;
        bool ended = false;
        attempt_end how;
        error failure;
    };

    void attempt_begun(const request_attempt& which) override {
        auto& made = attempts.emplace_back();
        made.request = which.request;
        made.number = which.attempt;
        made.host = which.host;
        made.where = which.where;
        made.shard = which.shard;
        made.operation = which.operation;
    }
    void attempt_ended(const request_attempt& which, const attempt_end& how) override {
        const auto found = std::ranges::find_if(attempts, [&](const attempt& each) {
            return each.request == which.request && each.number == which.attempt;
        });
        REQUIRE(found != attempts.end());
        CHECK(!found->ended);
        CHECK(found->host == which.host);
        CHECK(found->where == which.where);
        CHECK(found->shard == which.shard);
        CHECK(found->operation == which.operation);
        found->ended = true;
        found->how = how;
        if (how.failure != nullptr)
            found->failure = *how.failure;
    }

    std::vector<attempt> attempts;
};

std::shared_ptr<note_taker> observe(session_cluster& cluster) {
    auto made = std::make_shared<note_taker>();
    cluster.options.observer(made);
    return made;
}

} // namespace

TEST_CASE("An observer is told of each attempt: node, shard, operation, and its end") {
    for (const std::uint32_t shards : {0U, 2U}) {
        session_cluster cluster(3, shards);
        const auto notes = observe(cluster);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            CHECK(notes->attempts.empty());
            const auto find = co_await app.prepare(session_cluster::find_cql);
            CHECK(notes->attempts.size() == 1);
            CHECK(notes->attempts[0].operation == "PREPARE");
            for (int i = 0; i < 50; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
                const auto& asked = cluster.requests.back();
                const auto& told = notes->attempts.back();
                CHECK(told.host == id_of(asked.node));
                CHECK(told.where.host() == "127.0.0." + std::to_string(asked.node));
                CHECK(told.shard == (shards != 0 ? std::optional(asked.shard) : std::nullopt));
                CHECK(told.operation == "EXECUTE");
            }
            co_await app.query("SELECT v FROM app.t");
            CHECK(notes->attempts.back().operation == "QUERY");
            batch several;
            several.add("DELETE FROM app.t WHERE k = 'x'");
            co_await app.execute(several);
            CHECK(notes->attempts.back().operation == "BATCH");
            co_await app.close();
        });
        CHECK(notes->attempts.size() == 53);
        for (std::size_t i = 0; i < notes->attempts.size(); ++i) {
            const auto& each = notes->attempts[i];
            CHECK(each.request == i + 1);
            CHECK(each.number == 1);
            CHECK(each.ended);
            CHECK(each.how.queued == 0ns);
            CHECK(each.how.waited > 0ns);
            CHECK(each.how.failure == nullptr);
        }
    }
}

TEST_CASE("What an attempt waited for its answer, and for a stream id") {
    session_cluster cluster(1);
    cluster.options.connection().max_in_flight(1);
    cluster.node(1).options().delay = [](const std::string& cql) {
        return cql == "SELECT slow" ? 30ms : 0ms;
    };
    const auto notes = observe(cluster);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto begun = std::chrono::steady_clock::now();
        auto both = app.query("SELECT slow") && app.query("SELECT slow");
        co_await std::move(both);
        const auto whole = std::chrono::steady_clock::now() - begun;
        CHECK(notes->attempts.size() == 2);
        const auto& [first, second] = std::tie(notes->attempts[0].how, notes->attempts[1].how);
        CHECK(first.queued == 0ns);
        CHECK(first.waited >= 30ms);
        CHECK(second.queued > 0ns);
        CHECK(second.waited >= 30ms);
        CHECK(second.queued + *second.waited <= whole);
        co_await app.close();
    });
}

TEST_CASE("An observer is told what an attempt failed with") {
    session_cluster cluster(1);
    cluster.node(1).options().silent_statement = "SELECT silent";
    cluster.answer = [](int, const testing::node_request& request) {
        return request.cql == "SELECT bad"
                   ? std::optional(
                         testing::error_of(server_error{server_error_code::overloaded, "no", {}}))
                   : std::nullopt;
    };
    const auto notes = observe(cluster);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await as_result(app.query("SELECT bad"));
        const auto brief = statement_options().timeout(5ms);
        co_await as_result(app.query("SELECT silent", brief));
        const auto at_once = statement_options().timeout(0ms);
        co_await as_result(app.query("SELECT 1", at_once));
        const auto seen = [&]() -> asio::awaitable<void> {
            const auto is_there = [&]() -> asio::awaitable<bool> {
                co_return cluster.node(1).statements().back() == "SELECT silent too";
            };
            co_await cluster.become(is_there);
        };
        auto either = as_result(app.query("SELECT silent too")) || seen();
        co_await std::move(either);
        co_await app.close();
    });
    REQUIRE(notes->attempts.size() == 4);
    for (const auto& each : notes->attempts) {
        CHECK(each.ended);
        CHECK(each.how.failure != nullptr);
    }
    const auto& told = notes->attempts;
    CHECK(told[0].failure.server()->code == server_error_code::overloaded);
    CHECK(told[0].how.waited > 0ns);
    CHECK(told[1].failure.is(errc::timed_out));
    CHECK(told[1].how.waited >= 5ms);
    CHECK(told[2].failure.is(errc::timed_out));
    CHECK(told[2].how.waited == std::nullopt);
    CHECK(told[3].failure.is(errc::cancelled));
    CHECK(told[3].how.waited > 0ns);
}

TEST_CASE("Attempts of one request have its number, at one node after another") {
    session_cluster cluster(2);
    cluster.options.connection().max_in_flight(1);
    for (const auto& each : cluster.nodes)
        each->options().silent_statement = "SELECT silent";
    const auto notes = observe(cluster);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto brief = statement_options().timeout(5ms);
        co_await as_result(app.query("SELECT silent", brief));
        const auto busy = notes->attempts.back().host;
        std::string key = "a";
        while (id_of(cluster.owner_of(key)) != busy)
            key += "a";
        const auto refusing = statement_options().busy(when_busy::refuse);
        co_await app.execute(find, refusing, key);
        co_await app.query("SELECT v FROM app.t", refusing);
        co_await app.close();
    });
    REQUIRE(notes->attempts.size() >= 5);
    const auto& refused = notes->attempts[2];
    const auto& taken = notes->attempts[3];
    CHECK(refused.request == 3);
    CHECK(refused.number == 1);
    CHECK(refused.failure.is(errc::connection_busy));
    CHECK(refused.how.waited == std::nullopt);
    CHECK(taken.request == 3);
    CHECK(taken.number == 2);
    CHECK(taken.host != refused.host);
    CHECK(taken.how.failure == nullptr);
    CHECK(notes->attempts[4].request == 4);
    CHECK(notes->attempts[4].number == 1);
}

namespace {

asio::awaitable<void> ask_once(session app, std::optional<result<page>>& outcome) {
    // Asio 1.26 throws out of run() where a coroutine that has not waited yet ends cancelled.
    co_await asio::post(asio::use_awaitable);
    outcome = co_await as_result(app.query("SELECT v FROM app.t"));
}

} // namespace

TEST_CASE("An observer that cancels the request as its attempt begins hears of its end, and the "
          "caller gets the library's error") {
    session_cluster cluster(1, 0);
    const auto observer = std::make_shared<cancelling_observer>();
    cluster.options.observer(observer);
    std::optional<session> app;
    cluster.run([&]() -> asio::awaitable<void> { app = co_await cluster.connected(); });
    observer->armed = true;
    std::optional<result<page>> outcome;
    asio::co_spawn(cluster.context, ask_once(*app, outcome),
                   asio::bind_cancellation_slot(observer->signal.slot(), rethrow));
    cluster.until([&] { return outcome.has_value(); });
    REQUIRE(!*outcome);
    CHECK(outcome->error().is(errc::cancelled));
    CHECK(outcome->error().outcome() == request_outcome::not_sent);
    CHECK(observer->begun == observer->ended);
    CHECK(observer->failure.is(errc::cancelled));
    observer->armed = false;
    cluster.run([&]() -> asio::awaitable<void> { co_await app->close(); });
}

TEST_CASE("What an observer throws leaves through the executor and disturbs no request") {
    class thrower final : public request_observer {
      public:
        void attempt_begun(const request_attempt&) override { throw 1; }
        void attempt_ended(const request_attempt&, const attempt_end&) override { throw 2; }
    };
    session_cluster cluster(1);
    cluster.options.observer(std::make_shared<thrower>());
    bool over = false;
    const auto work = [](session_cluster& cluster, bool& over) -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int i = 0; i < 10; ++i) {
            const auto page = co_await app.query("SELECT v FROM app.t");
            CHECK(page.size() == 1);
        }
        cluster.answer = [](int, const testing::node_request&) {
            return std::optional(
                testing::error_of(server_error{server_error_code::invalid, "no", {}}));
        };
        const auto failed = co_await as_result(app.query("SELECT bad"));
        CHECK(failed.error().is(errc::server_error));
        co_await app.close();
        over = true;
    };
    start(cluster.context, work(cluster, over));
    std::map<int, int> thrown;
    while (!over || thrown[1] + thrown[2] < 22) {
        std::size_t ran = 1;
        try {
            ran = cluster.context.run_one();
        } catch (const int which) {
            ++thrown[which];
        }
        REQUIRE(ran != 0);
    }
    CHECK(thrown[1] == 11);
    CHECK(thrown[2] == 11);
}
