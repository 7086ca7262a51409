#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <map>
#include <set>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

/// Nodes of which that which is told to make a table has it at once, and the others when they have
/// been asked so many times which schema they have.
class lagging_cluster : public session_cluster {
  public:
    explicit lagging_cluster(int size, int rounds = 0, std::uint32_t shards = 0)
        : session_cluster(size, shards), rounds_(rounds) {
        answer = [this](int node,
                        const testing::node_request& request) -> std::optional<node_reply> {
            if (!request.cql.starts_with("CREATE TABLE"))
                return std::nullopt;
            coordinator = node;
            ++changes;
            adopt(node);
            return changed_schema(made_table);
        };
        on_version_asked(*this, [this](int node) {
            if (changes != 0 && node != coordinator && ++asked[node] == rounds_)
                adopt(node);
        });
    }
    void adopt(int node) {
        if (!adopted.insert(node).second)
            return;
        have_version(*this, node, schema_version(2));
        have_new_table(*this, node, "made");
    }

    int coordinator = 0;
    int changes = 0;
    std::set<int> adopted;
    std::map<int, int> asked;

  private:
    const int rounds_;
};

constexpr int never = -1;

} // namespace

TEST_CASE("A statement that changes the schema waits for the nodes to agree on it, and then "
          "metadata() has what is new") {
    for (const int rounds : {1, 3}) {
        INFO(rounds);
        lagging_cluster cluster(3, rounds);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto before = co_await app.metadata();
            CHECK(before.table("app", "made") == nullptr);
            const auto made = co_await app.query(make_table_cql);
            const auto now = co_await app.metadata();
            REQUIRE(now.table("app", "made") != nullptr);
            CHECK(now.table("app", "made")->column("v")->type == data_type::kind::int_);
            CHECK(before.table("app", "made") == nullptr);
            REQUIRE(made.schema_change());
            CHECK(made.schema_change()->name == "made");
            REQUIRE(made.schema_agreement());
            const auto& agreement = *made.schema_agreement();
            CHECK(agreement.is_reached);
            CHECK(agreement.is_read);
            CHECK(agreement.nodes.size() == 3);
            const auto versions = agreement.versions();
            REQUIRE(versions.size() == 1);
            CHECK(versions.at(schema_version(2)) ==
                  std::vector<uuid>{id_of(1), id_of(2), id_of(3)});
            CHECK(agreement.to_string() == "agreed on " + schema_version(2).to_string());
            co_await app.close();
        });
        CHECK(cluster.changes == 1);
        for (const auto& [node, times] : cluster.asked)
            CHECK(times == rounds);
    }
}

TEST_CASE("Where nodes never agree the statement has been executed all the same, and its answer "
          "says who has what") {
    lagging_cluster cluster(3, never);
    cluster.options.schema_agreement_timeout(300ms);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto begun = std::chrono::steady_clock::now();
        const auto made = co_await app.query(make_table_cql);
        CHECK(std::chrono::steady_clock::now() - begun < 9s);
        CHECK(made.schema_change());
        REQUIRE(made.schema_agreement());
        const auto& agreement = *made.schema_agreement();
        CHECK(!agreement.is_reached);
        CHECK(!agreement.is_read);
        const auto versions = agreement.versions();
        CHECK(versions.size() == 2);
        CHECK(versions.at(schema_version(2)) == std::vector<uuid>{id_of(cluster.coordinator)});
        CHECK(versions.at(schema_version(1)).size() == 2);
        const auto text = agreement.to_string();
        CHECK(text.starts_with("not agreed: 127.0.0.1:"));
        CHECK(text.find("127.0.0." + std::to_string(cluster.coordinator) + ":" +
                        std::to_string(cluster.port) + " has " + schema_version(2).to_string()) !=
              text.npos);

        // Asked for it says the same, and by and by that they agree.
        const auto once = co_await app.await_schema_agreement(0s);
        CHECK(!once.is_reached);
        CHECK(once.versions() == versions);
        for (int i = 1; i <= 3; ++i)
            cluster.adopt(i);
        const auto later = co_await app.await_schema_agreement(10s);
        CHECK(later.is_reached);
        CHECK(later.is_read);
        const auto now = co_await app.metadata();
        CHECK(now.table("app", "made") != nullptr);
        co_await app.close();
    });
}

TEST_CASE("The wait for agreement ends with the statement's own time-out, whatever the options "
          "allow, and with neither where there is no limit") {
    lagging_cluster cluster(2, never);
    cluster.options.schema_agreement_timeout(std::nullopt);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto soon = statement_options().timeout(400ms);
        const auto made = co_await app.query(make_table_cql, soon);
        REQUIRE(made.schema_agreement());
        CHECK(!made.schema_agreement()->is_reached);
        CHECK(made.schema_agreement()->nodes.size() == 2);
        asio::steady_timer later(cluster.context, 500ms);
        const auto come_round = [&]() -> asio::awaitable<bool> {
            co_await later.async_wait(asio::use_awaitable);
            cluster.adopt(1);
            cluster.adopt(2);
            co_return true;
        };
        const auto patient = statement_options().timeout(std::nullopt);
        auto both = app.query(make_table_cql, patient) && come_round();
        const auto [again, came] = co_await std::move(both);
        CHECK(came);
        CHECK(again.schema_agreement()->is_reached);
        co_await app.close();
    });
}

TEST_CASE("Zero is no wait: the answer says nothing of agreement, and what is new is read after "
          "the servers' news of it") {
    lagging_cluster cluster(2, never);
    cluster.options.schema_agreement_timeout(0s);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto made = co_await app.query(make_table_cql);
        CHECK(made.schema_change());
        CHECK(!made.schema_agreement());
        CHECK(cluster.asked.empty());
        cluster.adopt(1);
        cluster.adopt(2);
        cluster.tell_all(made_table);
        const auto known = [&app]() -> asio::awaitable<bool> {
            const auto now = co_await app.metadata();
            co_return now.table("app", "made") != nullptr;
        };
        co_await cluster.become(known);
        co_await app.close();
    });
}

TEST_CASE("scylladb/python-driver#458 a node that is down is not waited for, one that has no "
          "version does not count, and one that lags is waited for") {
    lagging_cluster cluster(5, 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(5).stop();
        const auto gone = [&app]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[4].connections == 0;
        };
        co_await cluster.become(gone);
        for (int i = 1; i <= 3; ++i) // what they know of one another does not count
            have_cell_of_peers(cluster, i, "schema_version", value());
        cluster.adopted.insert(4);
        have_version(cluster, 4, value());
        statement_options options;
        const auto made = co_await app.query(make_table_cql, options);
        REQUIRE(made.schema_agreement());
        const auto& agreement = *made.schema_agreement();
        CHECK(agreement.is_reached);
        REQUIRE(agreement.nodes.size() == 4);
        CHECK(agreement.nodes[3].has_answered);
        CHECK(!agreement.nodes[3].version);
        // Where only that one was asked it is not known who has what.
        if (cluster.coordinator != 4)
            CHECK(agreement.versions().at(schema_version(2)).size() == 3);
        co_await app.close();
    });
}

TEST_CASE(
    "Where no node has a version there is no agreement; a node that gives no answer is named") {
    lagging_cluster cluster(2, never);
    cluster.options.schema_agreement_timeout(300ms);
    have_version(cluster, 1, value());
    have_version(cluster, 2, value());
    cluster.adopted = {1, 2};
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto none = co_await app.await_schema_agreement();
        CHECK(!none.is_reached);
        CHECK(none.nodes.size() == 2);
        CHECK(none.versions().empty());
        CHECK(none.to_string().find("has none; ") != std::string::npos);

        have_version(cluster, 1, schema_version(1));
        cluster.node(2).options().silent_statement = "SELECT schema_version";
        const auto mute = co_await app.await_schema_agreement();
        CHECK(!mute.is_reached);
        REQUIRE(mute.nodes.size() == 2);
        CHECK(mute.nodes[0].has_answered);
        CHECK(!mute.nodes[1].has_answered);
        CHECK(mute.to_string().find("has not answered") != std::string::npos);
        co_await app.close();
    });
}

TEST_CASE("On ScyllaDB nodes agree when the statement is answered, which is seen at once") {
    lagging_cluster cluster(3, 1, 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto made = co_await app.query(make_table_cql);
        CHECK(made.schema_agreement()->is_reached);
        CHECK(made.schema_agreement()->is_read);
        const auto now = co_await app.metadata();
        CHECK(now.table("app", "made") != nullptr);
        co_await app.close();
    });
}

TEST_CASE("A prepared statement that changes the schema waits, too, and so do several at once") {
    lagging_cluster cluster(3, 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto make = co_await app.prepare(make_table_cql);
        auto three = app.execute(make) && app.execute(make) && app.query(make_table_cql);
        const auto [first, second, third] = co_await std::move(three);
        for (const auto* each : {&first, &second, &third}) {
            REQUIRE(each->schema_agreement());
            CHECK(each->schema_agreement()->is_reached);
            CHECK(each->schema_agreement()->is_read);
        }
        const auto now = co_await app.metadata();
        CHECK(now.table("app", "made") != nullptr);
        // Other answers have nothing to do with it.
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto row = co_await app.execute(find, "key");
        CHECK(!row.schema_agreement());
        const auto nothing = co_await app.query("SELECT v FROM app.t");
        CHECK(!nothing.schema_agreement());
        co_await app.close();
    });
}

TEST_CASE("The node that the schema is read of is asked, also where it is not used for requests") {
    lagging_cluster cluster(2, 3);
    options two(cluster.node(1).where(), cluster.node(2).where());
    two.filter([](const host_info& each) { return each.where.host() != "127.0.0.1"; });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(two);
        const auto made = co_await app.query(make_table_cql);
        REQUIRE(made.schema_agreement());
        CHECK(made.schema_agreement()->is_reached);
        CHECK(made.schema_agreement()->nodes.size() == 2);
        CHECK(cluster.asked.at(1) == 3);
        const auto now = co_await app.metadata();
        CHECK(now.table("app", "made") != nullptr);
        co_await app.close();
    });
}

TEST_CASE(
    "Where the schema cannot be read of one node it is read of another one, within the time") {
    lagging_cluster cluster(2, 1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto& first = cluster.node(1).options();
        first.answer_request =
            [before = first.answer_request](
                const testing::node_request& request) -> std::optional<node_reply> {
            if (request.cql.starts_with("SELECT * FROM system_schema.views"))
                return error_of(server_error{server_error_code::server_error, "no", {}});
            return before(request);
        };
        const auto made = co_await app.query(make_table_cql);
        CHECK(made.schema_agreement()->is_reached);
        CHECK(made.schema_agreement()->is_read);
        const auto now = co_await app.metadata();
        CHECK(now.table("app", "made") != nullptr);
        const auto counted = co_await app.metrics();
        CHECK(counted.control_reconnects >= 1);
        co_await app.close();
    });
}

TEST_CASE("A session that is closed while a statement waits for agreement, and one that is "
          "cancelled, do not make it a failure") {
    lagging_cluster cluster(2, never);
    cluster.options.schema_agreement_timeout(1h).request_timeout(1h);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto close_when_asked = [&]() -> asio::awaitable<bool> {
            co_await come_true(cluster, [&] { return cluster.asked.size() == 1; });
            co_await app.close();
            co_return true;
        };
        auto closing = app.query(make_table_cql) && close_when_asked();
        const auto [made, closed] = co_await std::move(closing);
        CHECK(closed);
        CHECK(made.schema_change());
        REQUIRE(made.schema_agreement());
        CHECK(!made.schema_agreement()->is_reached);
        const auto after = co_await as_result(app.await_schema_agreement());
        CHECK(after.error().is(errc::connection_closed));

        cluster.adopted = {1, 2}; // whichever is asked, they differ
        have_version(cluster, 1, schema_version(3));
        have_version(cluster, 2, schema_version(4));
        auto other = co_await cluster.connected();
        cluster.asked.clear();
        asio::cancellation_signal stop;
        std::optional<page> answer;
        asio::co_spawn(
            cluster.context,
            [](session other, std::optional<page>& answer) -> asio::awaitable<void> {
                answer = co_await other.query(make_table_cql);
            }(other, answer),
            asio::bind_cancellation_slot(stop.slot(), rethrow));
        co_await come_true(cluster, [&] { return !cluster.asked.empty(); });
        stop.emit(asio::cancellation_type::terminal);
        co_await come_true(cluster, [&] { return answer.has_value(); });
        CHECK(answer->schema_change());
        CHECK(!answer->schema_agreement()->is_reached);

        asio::steady_timer soon(cluster.context, 50ms);
        auto racing =
            as_result(other.await_schema_agreement(1h)) || soon.async_wait(asio::use_awaitable);
        const auto outcome = co_await std::move(racing);
        CHECK(outcome.index() == 1);
        co_await other.close();
    });
}

TEST_CASE("An io_context that is destroyed takes along whoever waits for agreement") {
    for (const int turns : {1, 3, 10, 30, 100}) {
        session left;
        {
            lagging_cluster cluster(2, never);
            start(cluster.context,
                  [](lagging_cluster& all, session& left) -> asio::awaitable<void> {
                      left = co_await all.connected();
                      co_await left.query(make_table_cql);
                  }(cluster, left));
            cluster.until([&] { return cluster.changes == 1; });
            for (int i = 0; i < turns; ++i)
                cluster.context.run_one();
        }
        CHECK(left);
    }
}

TEST_CASE("On an empty session there is nothing to be agreed on") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        session none;
        const auto agreement = co_await as_result(none.await_schema_agreement());
        CHECK(agreement.error().is(errc::connection_closed));
        const auto metadata = co_await as_result(none.metadata());
        CHECK(metadata.error().is(errc::connection_closed));
    });
}
