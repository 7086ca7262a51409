#include "client/node.hpp"
#include "core/routing/tablet.hpp"
#include "testing/scripted_cluster.hpp"

#include <cstdint>
#include <tuple>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using cocql::tests::until;

namespace {

class cluster_of_scylla {
  public:
    explicit cluster_of_scylla(int size = 3, std::uint32_t shards = 2)
        : cluster(context, {size, shards, {}, 0, 0, size}) {
        cluster.have_table(1);
    }
    /// Runs work with a connection to the first node, then stops all nodes.
    template <class Work>
    void run(Work work) {
        tests::run(context, [](cluster_of_scylla& self, Work& work) -> asio::awaitable<void> {
            auto to_node = co_await connection::open(self.cluster.node(1).where());
            auto doing = work(to_node);
            co_await std::move(doing);
            co_await to_node.close();
            for (const auto* each : {&self.cluster.nodes, &self.cluster.by_source})
                for (const auto& node : *each)
                    node->stop();
        }(*this, work));
    }

    asio::io_context context{1};
    scripted_cluster cluster;
};

std::vector<std::string> names_of(const page& page) {
    std::vector<std::string> names;
    for (const auto& each : page.columns())
        names.push_back(each.keyspace + "." + each.table + "." + each.name);
    return names;
}

} // namespace

TEST_CASE("System tables answer with the columns and rows that were asked for, in that order") {
    cluster_of_scylla scene;
    scene.run([](connection& node) -> asio::awaitable<void> {
        const auto peers = co_await node.query("SELECT rack, peer FROM system.peers");
        CHECK(names_of(peers) ==
              std::vector<std::string>{"system.peers.rack", "system.peers.peer"});
        CHECK(peers.size() == 2);
        CHECK(peers.front()[0].decode().value() == value("r2"));

        const auto one =
            co_await node.query("SELECT rack FROM system.peers WHERE peer='127.0.0.3'");
        CHECK(one.size() == 1);
        CHECK(one.front()[0].decode().value() == value("r3"));

        const auto find = co_await node.prepare(
            "SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND kind = ?");
        CHECK(find.parameters().at(1).name == "kind");
        const auto key = co_await node.execute(find, "app", "partition_key");
        CHECK(names_of(key) == std::vector<std::string>{"system_schema.columns.column_name"});
        CHECK(key.size() == 1);
        const auto none = co_await node.execute(find, "other", "partition_key");
        CHECK(none.size() == 0);
    });
}

TEST_CASE("ScyllaDB's words for a table and a column that it has not") {
    cluster_of_scylla scene;
    scene.run([](connection& node) -> asio::awaitable<void> {
        for (const auto& [cql, words] :
             {std::pair("SELECT * FROM system.peers_v2", "unconfigured table peers_v2"),
              std::pair("SELECT nothing FROM system.peers", "Unrecognized name nothing")}) {
            const auto refused = co_await as_result(node.query(cql));
            REQUIRE(!refused.has_value());
            CHECK(std::string(refused.error().what()).find(words) != std::string::npos);
        }
    });
}

TEST_CASE("Each node says its own host id, its shards and one shard-aware port for all") {
    cluster_of_scylla scene;
    const auto& cluster = scene.cluster;
    for (int i = 0; i < cluster.size(); ++i)
        for (const auto* each : {&cluster.nodes, &cluster.by_source}) {
            const auto& offers = (*each)[static_cast<std::size_t>(i)]->options().offers;
            CHECK(offers.at("SCYLLA_HOST_ID") ==
                  std::vector<std::string>{id_of(i + 1).to_string()});
            CHECK(offers.at("SCYLLA_NR_SHARDS") == std::vector<std::string>{"2"});
            CHECK(offers.at("SCYLLA_SHARD_AWARE_PORT") ==
                  std::vector<std::string>{std::to_string(cluster.by_source[0]->port())});
            CHECK(offers.at("SCYLLA_SHARD_AWARE_PORT_SSL").empty());
        }
}

TEST_CASE("It counts who has a connection for requests, and which request went astray") {
    cluster_of_scylla scene(2, 2);
    auto& cluster = scene.cluster;
    cluster.ring_size = 2;
    CHECK(cluster.connected_shards() == 0);
    scene.run([&](connection& node) -> asio::awaitable<void> {
        CHECK(cluster.connected_shards() == 1);
        connection_options with_events;
        with_events.events({event_type::schema_change}, [](const event&) {});
        auto control = co_await connection::open(cluster.node(2).where(), with_events);
        CHECK(cluster.connected_shards() == 1);
        co_await control.close();
        const auto find = co_await node.prepare(scripted_cluster::find_cql);
        for (int i = 0; i < 40; ++i)
            co_await node.execute(find, "key " + std::to_string(i));
    });
    int right = 0;
    for (const auto& each : cluster.requests)
        if (!each.astray) {
            ++right;
            CHECK(cluster.owner_of(each.key) == 1);
            CHECK(cluster.owning_shard_of(each.key) == each.shard);
        }
    CHECK(cluster.requests.size() == 40);
    CHECK(right > 0);
    CHECK(right < 30);
}

TEST_CASE(
    "Replicas of a tablet are told all, and are on so many nodes; when it moves they are others") {
    cluster_of_scylla scene(3, 4);
    auto& cluster = scene.cluster;
    cluster.have_keyspace(2, true);
    const auto replicas_of = [&](const std::string& key) {
        int replicas = 0;
        for (int node = 1; node <= 3; ++node)
            for (std::uint32_t shard = 0; shard < 4; ++shard)
                replicas += cluster.is_replica(key, node, shard) ? 1 : 0;
        return replicas;
    };
    CHECK(replicas_of("key") == 2);
    CHECK(cluster.owners_of("key").size() == 2);
    CHECK(cluster.owners_of("key").front() == cluster.owner_of("key"));
    cluster.have_tablets(16);
    CHECK(replicas_of("key") == 2);
    const auto which = cluster.tablet_of("key");
    const auto told =
        routing::decode_tablet(cluster.payload_of(which), routing::tablet_payload::v1).value();
    REQUIRE(told.replicas.size() == 2);
    CHECK(told.has(cluster.token_of("key")));
    const auto node = cluster.node_of_tablet(which);
    const auto shard = cluster.shard_of_tablet(which);
    CHECK(cluster.is_replica("key", node, shard));
    cluster.moved = 2;
    CHECK(!cluster.is_replica("key", node, shard));
}

TEST_CASE("Tablets of a scripted cluster have versions that change in each block with what they "
          "stand for") {
    cluster_of_scylla scene(3, 4);
    auto& cluster = scene.cluster;
    cluster.have_keyspace(2, true);
    cluster.have_tablets(16);
    const auto told = [&](int tablet) {
        return routing::decode_tablet(cluster.payload_of(tablet, true), routing::tablet_payload::v2)
            .value();
    };
    const auto differ_in_all = [](std::uint64_t one, std::uint64_t other) {
        for (int block = 0; block < 16; ++block)
            if ((one >> 4 * block & 0xf) == (other >> 4 * block & 0xf))
                return false;
        return true;
    };
    const auto before = told(5);
    REQUIRE(before.replicas.size() == 2);
    CHECK(before.version == cluster.version_of(5));
    CHECK(differ_in_all(*before.version, 0));
    CHECK(differ_in_all(*before.version, cluster.version_of(6)));
    for (unsigned block = 0; block < 16; ++block) {
        const auto right = routing::version_block(&before, block);
        CHECK(cluster.is_of_version(right, 5));
        CHECK(!cluster.is_of_version(static_cast<std::uint8_t>(right ^ 1), 5));
        CHECK(!cluster.is_of_version(right, 6));
    }
    cluster.led = 1;
    const auto led = told(5);
    CHECK(led.replicas[0] == before.replicas[1]);
    CHECK(led.replicas[1] == before.replicas[0]);
    CHECK(differ_in_all(*led.version, *before.version));
    cluster.led = 0;
    cluster.moved = 1;
    CHECK(differ_in_all(*told(5).version, *before.version));
}

TEST_CASE("Nodes have in system.tablets where they say that tablets are, as it is at the moment") {
    cluster_of_scylla scene(3, 4);
    auto& cluster = scene.cluster;
    cluster.have_keyspace(2, true);
    scene.run([&](connection& node) -> asio::awaitable<void> {
        const auto none = co_await as_result(node.query("SELECT * FROM system.tablets"));
        CHECK(!none.has_value());
        cluster.have_tablets(16);
        for (const int moved : {0, 1}) {
            cluster.moved = moved;
            const auto page = co_await node.query(
                "SELECT last_token, tablet_count, replicas FROM system.tablets");
            CHECK(page.size() == 16);
            int next = 0;
            using replicas = std::vector<std::tuple<uuid, std::int32_t>>;
            for (const auto& [last, count, where] :
                 page.rows<std::int64_t, std::int32_t, replicas>()) {
                const auto told =
                    routing::decode_tablet(cluster.payload_of(next++), routing::tablet_payload::v1)
                        .value();
                CHECK(last == told.last.value());
                CHECK(count == 16);
                REQUIRE(where.size() == 2);
                for (std::size_t i = 0; i < 2; ++i) {
                    CHECK(std::get<0>(where[i]) == told.replicas[i].host);
                    CHECK(std::get<1>(where[i]) == static_cast<int>(told.replicas[i].shard));
                }
            }
        }
        const auto all = co_await node.query("SELECT * FROM system.tablets");
        CHECK(all.columns().size() == 20);
        CHECK(all.size() == 16);
    });
}

TEST_CASE("Who asks for rows without their description gets them so, with a payload too") {
    const std::vector<column> columns{{"app", "t", "v", data_type::kind::text}};
    const auto whole = rows_of(columns, {{value("found")}});
    const auto bare = for_execute(whole, {}, {}, true);
    CHECK(bare.body.size() < whole.body.size());
    const std::map<std::string, std::vector<std::byte>> payload{{"key", {std::byte{1}}}};
    const auto told = for_execute(with_payload(whole, payload), {}, {}, true);
    CHECK(told.flags == with_payload(bare, payload).flags);
    CHECK(told.body == with_payload(bare, payload).body);
}
