#include "client/node.hpp"
#include "core/routing/tablet.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using cocql::tests::until;

namespace {

cluster_settings settings_of(int size, std::uint32_t shards) {
    cluster_settings settings;
    settings.size = size;
    settings.shards = shards;
    settings.racks = size;
    return settings;
}

class cluster_of_scylla {
  public:
    explicit cluster_of_scylla(int size = 3, std::uint32_t shards = 2)
        : cluster(context, settings_of(size, shards)) {
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
            for (int number = 1; number <= self.cluster.size(); ++number)
                self.cluster.stop(number);
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
    CHECK(told.has(routing::token(cluster.token_of("key"))));
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

TEST_CASE("The tokens of a cluster are shared out among as many nodes as it has") {
    for (const int size : {1, 2, 3, 6}) {
        CAPTURE(size);
        cluster_of_scylla scene(size);
        std::set<std::int64_t> all;
        for (int number = 1; number <= size; ++number)
            for (const auto each : scene.cluster.token_numbers(number))
                CHECK(all.insert(each).second);
        CHECK(all.size() == 16 * static_cast<std::size_t>(size));
        std::set<int> owners;
        for (int i = 0; i < 1'000; ++i)
            owners.insert(scene.cluster.owner_of("key " + std::to_string(i)));
        CHECK(owners.size() == static_cast<std::size_t>(size));
    }
}

TEST_CASE("A cluster without nodes, without racks or with more than 255 nodes is refused") {
    asio::io_context context(1);
    for (const auto& [size, racks] :
         {std::pair(0, 1), std::pair(-1, 1), std::pair(3, 0), std::pair(256, 1)}) {
        auto settings = settings_of(size, 0);
        settings.racks = racks;
        CHECK_THROWS_AS(scripted_cluster(context, settings), std::invalid_argument);
    }
    scripted_cluster one(context);
    for (const int number : {-1, 0, 2}) {
        CHECK_THROWS_AS(one.node(number), std::out_of_range);
        CHECK_THROWS_AS(one.tables_of(number), std::out_of_range);
        CHECK_THROWS_AS(one.stop(number), std::out_of_range);
        CHECK_THROWS_AS(one.start(number), std::out_of_range);
    }
}

TEST_CASE(
    "A node that is added is known to the others when they are told, and has the next number") {
    cluster_of_scylla scene(2, 2);
    auto& cluster = scene.cluster;
    scene.run([&](connection& node) -> asio::awaitable<void> {
        cluster.add();
        CHECK(cluster.size() == 3);
        CHECK(cluster.node(3).where() == endpoint("127.0.0.3", cluster.port));
        CHECK(cluster.ports_of(3).size() == 2);
        auto known = co_await node.query("SELECT peer FROM system.peers");
        CHECK(known.size() == 1);
        cluster.ring_size = 3;
        cluster.know_all();
        known = co_await node.query("SELECT peer, host_id FROM system.peers");
        CHECK(known.size() == 2);
        std::vector<uuid> ids;
        for (const auto& [peer, id] : known.rows<inet_address, uuid>())
            ids.push_back(id);
        CHECK(ids == std::vector<uuid>{id_of(2), id_of(3)});
    });
}
