#include "live.hpp"
#include "schema.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;

namespace {

options whole_cluster() {
    options how(live::tls());
    how.connection(live::login(tls_options().ca_file(live::variable("COCQL_CA"))));
    how.schema_agreement_timeout(std::chrono::minutes(2));
    return how;
}

asio::awaitable<void> made_is_known() {
    auto app = co_await connect(whole_cluster());
    co_await app.ready();
    const auto first = co_await app.metadata();
    co_await app.query("DROP KEYSPACE IF EXISTS live_known");
    const auto keyspace = co_await app.query(live::create_keyspace("live_known"));
    REQUIRE(keyspace.schema_agreement());
    CHECK(keyspace.schema_agreement()->is_reached);
    for (int i = 0; i < 5; ++i) {
        const auto name = "t" + std::to_string(i);
        const auto made =
            co_await app.query("CREATE TABLE live_known." + name + " (k int PRIMARY KEY, v text)");
        REQUIRE(made.schema_agreement());
        const auto& agreement = *made.schema_agreement();
        CHECK_MESSAGE(agreement.is_reached, agreement.to_string());
        CHECK(agreement.is_read);
        CHECK(agreement.nodes.size() == first.hosts().size());
        const auto now = co_await app.metadata();
        REQUIRE(now.table("live_known", name) != nullptr);
        CHECK(now.table("live_known", name)->column("v")->type == data_type::kind::text);
        // Any node knows it, too: whichever of them is asked.
        for (int again = 0; again < 6; ++again)
            co_await app.query("SELECT v FROM live_known." + name);
    }
    const auto dropped = co_await app.query("DROP KEYSPACE live_known");
    CHECK(dropped.schema_agreement()->is_reached);
    const auto now = co_await app.metadata();
    CHECK(now.keyspace("live_known") == nullptr);
    const auto agreement = co_await app.await_schema_agreement();
    CHECK(agreement.is_reached);
    co_await app.close();
}

/// Which other nodes one had to ask for a row: their own word, by a trace.
asio::awaitable<std::set<inet_address>> others_asked(connection node, int a, std::string b) {
    const auto cql =
        "SELECT v FROM live_tokens.t WHERE a = " + std::to_string(a) + " AND b = '" + b + "'";
    const auto traced = statement_options().consistency(consistency::one).tracing();
    const auto page = co_await node.query(cql, traced);
    CHECK(page.size() == 1);
    const auto told = co_await node.fetch_trace(page.tracing_id().value());
    std::set<inet_address> all;
    for (const auto& each : told.events)
        if (each.source != told.coordinator)
            all.insert(each.source);
    co_return all;
}

asio::awaitable<void> tokens_are_the_servers() {
    auto app = co_await connect(whole_cluster());
    co_await app.query("DROP KEYSPACE IF EXISTS live_tokens");
    co_await app.query(live::create_keyspace("live_tokens"));
    co_await app.query("CREATE TABLE live_tokens.t (a int, b text, v int, PRIMARY KEY ((a, b)))");
    const auto insert =
        co_await app.prepare("INSERT INTO live_tokens.t (a, b, v) VALUES (?, ?, 0)");
    for (int i = 0; i < 100; ++i)
        co_await app.execute(insert, i - 50, "text " + std::to_string(i));
    const auto now = co_await app.metadata();
    const auto rows = co_await app.query("SELECT a, b, token(a, b) FROM live_tokens.t");
    CHECK(rows.size() == 100);
    std::set<uuid> owners;
    const auto& first = now.hosts()[0];
    auto node = co_await connection::open(first.where, whole_cluster().connection());
    int traced = 0;
    for (const auto& [a, b, token] : rows.rows<int, std::string, std::int64_t>()) {
        const std::vector<value> key{value(a), value(b)};
        const auto own = now.token_of("live_tokens", "t", key);
        REQUIRE(own.has_value());
        CHECK(*own == token);
        const auto replicas = now.replicas("live_tokens", token);
        if (now.keyspace("live_tokens")->has_tablets)
            continue;
        REQUIRE(replicas.size() == 1);
        owners.insert(replicas[0]->id);
        if (traced++ >= 15)
            continue;
        const auto others = co_await others_asked(node, a, b);
        const auto& replica = *replicas[0];
        if (replica.id == first.id)
            CHECK(others.empty());
        else
            CHECK(others == std::set<inet_address>{replica.broadcast_address.value()});
    }
    co_await node.close();
    if (!now.keyspace("live_tokens")->has_tablets)
        CHECK(owners.size() == now.hosts().size());
    co_await app.query("DROP KEYSPACE live_tokens");
    co_await app.close();
}

} // namespace

TEST_CASE("What a session has made is in its metadata when the statement returns, and all nodes "
          "know it") {
    live::run(made_is_known());
}

TEST_CASE("Tokens and replicas by the session's metadata are the servers' own") {
    live::run(tokens_are_the_servers());
}
