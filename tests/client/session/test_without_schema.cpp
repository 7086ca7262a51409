#include "schema_of_cluster.hpp"
#include "versioned_cluster.hpp"

#include <cocql/metadata_listener.hpp>
#include <cocql/request_route.hpp>

#include <algorithm>
#include <memory>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Counts what it is told of the schema.
struct schema_ear : metadata_listener {
    void schema_changed(const schema_difference&, const cluster_metadata&) override { ++told; }
    int told = 0;
};

/// Questions about the schema, or where tablets are, that any of the nodes was asked.
std::ptrdiff_t schema_questions(const session_cluster& cluster) {
    std::ptrdiff_t all = 0;
    for (const auto* const ports : {&cluster.nodes, &cluster.by_source})
        for (const auto& each : *ports)
            all += std::ranges::count_if(each->statements(), [](const std::string& cql) {
                return cql.find("system_schema.") != cql.npos ||
                       cql.find("system.tablets") != cql.npos;
            });
    return all;
}

} // namespace

TEST_CASE("Without the schema a session knows its nodes, and requests are answered wherever they "
          "go") {
    for (const std::uint32_t shards : {0U, 2U}) {
        CAPTURE(shards);
        session_cluster cluster(3, shards);
        if (shards != 0)
            cluster.have_tablets(16);
        cluster.options.schema_metadata(false).warm_up();
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await connect(cluster.options);
            const auto known = co_await app.metadata();
            CHECK(known.hosts().size() == 3);
            CHECK(known.keyspaces().empty());
            CHECK(known.table("app", "t") == nullptr);
            cluster.requests.clear();
            for (int i = 0; i < 100; ++i)
                co_await find_key(app, "key " + std::to_string(i));
            const auto here =
                statement_options().route(request_route::by_key({"key"}).of_table("app", "t"));
            co_await app.query("SELECT v FROM app.t WHERE k = 'key'", here);
            CHECK(cluster.requests.size() >= 100);
            CHECK(cluster.nodes_asked().size() == 3);
            co_await app.close();
        });
        CHECK(schema_questions(cluster) == 0);
    }
}

TEST_CASE("Without the schema a statement that changes it waits for the nodes to agree, and nobody "
          "reads it") {
    session_cluster cluster(2);
    cluster.answer = [&](int, const testing::node_request& request) -> std::optional<node_reply> {
        if (!request.cql.starts_with("CREATE TABLE"))
            return std::nullopt;
        for (int i = 1; i <= 2; ++i)
            have_version(cluster, i, schema_version(2));
        cluster.tell_all(made_table);
        return changed_schema(made_table);
    };
    const auto ear = std::make_shared<schema_ear>();
    cluster.options.schema_metadata(false).listener(ear);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto made = co_await app.query(make_table_cql);
        REQUIRE(made.schema_agreement());
        CHECK(made.schema_agreement()->is_reached);
        CHECK(!made.schema_agreement()->is_read);
        CHECK(made.schema_agreement()->versions().contains(schema_version(2)));
        const auto again = co_await app.await_schema_agreement(10s);
        CHECK(again.is_reached);
        CHECK(!again.is_read);
        // A sibling hears the same.
        auto beside = co_await app.on(cluster.context.get_executor());
        const auto by_sibling = co_await beside.await_schema_agreement(10s);
        CHECK(by_sibling.is_reached);
        CHECK(!by_sibling.is_read);
        co_await app.close();
        co_await beside.close();
    });
    CHECK(ear->told == 0);
    CHECK(schema_questions(cluster) == 0);
}
