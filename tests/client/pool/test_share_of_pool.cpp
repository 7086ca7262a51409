#include "node_and_pool.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using client::host_pool;
using policy::share;

namespace {

using shard_list = std::vector<std::uint32_t>;

/// To which shards the node sees connections for requests.
shard_list shards_seen(const node_and_pool& node) {
    auto all = node.usual->shards_of_connections();
    const auto chosen = node.by_source->shards_of_connections();
    all.insert(all.end(), chosen.begin(), chosen.end());
    std::ranges::sort(all);
    return all;
}

void have_share(node_and_pool& node, const share& which) {
    node.on_executor([&] { node.pool->have_share(which); });
}

/// Lets it have what it should; whether a request could be sent at any moment.
bool serves_until_full(node_and_pool& node) {
    bool always = true;
    node.until([&] {
        always = always && node.pool->connection_to(0) && node.pool->size() != 0;
        return node.pool->is_full();
    });
    node.settle();
    return always;
}

/// Its own shard is one that the server does not give: it has some of the others', of which one
/// serves.
void begin_with_others(node_and_pool& node) {
    node.has_port = false;
    node.settings.share = {3, 4};
    node.acceptor = [&node] { return node.turn++ % 3; };
    node.begin();
    node.until([&] { return node.pool->size() != 0 && shards_seen(node).size() >= 4; });
}

/// That one is lost, and another comes to serve.
void lose_what_serves(node_and_pool& node) {
    const auto first = node.pool->connection_to(3);
    REQUIRE(first);
    node.on_executor([&] { first->drain(); });
    node.until([&] { return node.pool->connection_to(3) != nullptr; });
    CHECK(node.pool->connection_to(3) != first);
    CHECK(node.heard.told == std::vector<std::string>{"reached 1"}); // it was not lost
}

} // namespace

TEST_CASE("Where shards are shared out a pool has connections to its own, and no others") {
    for (const bool has_port : {true, false}) {
        CAPTURE(has_port);
        node_and_pool node(4);
        node.has_port = has_port;
        node.settings.share = {1, 2};
        node.fill();
        CHECK(shards_seen(node) == shard_list{1, 3});
        CHECK(node.pool->size() == 2);
        CHECK(node.shard_reached(1) == 1);
        CHECK(node.shard_reached(3) == 3);
        CHECK(node.shard_reached(0) % 2 == 1); // by one of its own
        CHECK(node.pool->connection_to_just(0) == nullptr);
        CHECK(!node.pool->wants(0));
        CHECK(node.heard.told == std::vector<std::string>{"reached 1"});
        CHECK(node.heard.settled == 1);
        CHECK(node.heard.warnings.empty());
        node.close();
    }
}

TEST_CASE("Requests for others' shards go to all of one's own, and count as being on a wrong one") {
    node_and_pool node(8);
    node.settings.share = {1, 4};
    const auto counts = std::make_shared<host_counts>();
    node.fill();
    node.pool->count_in(counts);
    std::map<std::uint32_t, int> reached;
    for (int i = 0; i < 400; ++i) {
        const auto& found = node.pool->connection_to(2, host_pool::shard_is::where_the_data_is);
        REQUIRE(found);
        ++reached[*found->shard()];
    }
    CHECK(counts->wrong_shard == 400);
    CHECK(reached[1] + reached[5] == 400);
    CHECK(reached[1] > 100);
    CHECK(reached[5] > 100);
    CHECK(node.pool->connection_to(5, host_pool::shard_is::where_the_data_is));
    CHECK(counts->wrong_shard == 400);
    node.close();
}

TEST_CASE("A node without shards has its connections, whatever share there is") {
    node_and_pool node(0);
    node.settings.limits.per_shard = 2;
    node.settings.share = {2, 3};
    node.fill();
    CHECK(node.pool->size() == 2);
    have_share(node, {6, 7});
    node.settle();
    CHECK(node.pool->size() == 2);
    CHECK(node.accepted() == 2);
    node.close();
}

TEST_CASE("A connection to another's shard serves as long as there is no other, and no longer") {
    node_and_pool node(4);
    node.has_port = false;
    node.settings.share = {3, 4};
    shard_list order{0, 2, 0, 1, 3};
    node.acceptor = [&] { return node.turn < order.size() ? order[node.turn++] : 3; };
    node.begin();
    node.until([&] { return node.pool->size() != 0; });
    CHECK(node.heard.told == std::vector<std::string>{"reached 1"});
    CHECK(node.shard_reached(3) == 0);
    CHECK(serves_until_full(node));
    CHECK(node.pool->size() == 1);
    CHECK(node.shard_reached(0) == 3);
    CHECK(shards_seen(node) == shard_list{3});
    CHECK(node.heard.told.size() == 1);
    node.close();
}

TEST_CASE("Where the server never gives one's own shard, another's serves") {
    node_and_pool node(4);
    node.has_port = false;
    node.settings.share = {1, 2};
    node.acceptor = [] { return 2u; };
    node.begin();
    node.settle();
    CHECK(node.accepted() <= 1 + 3 * 4);
    CHECK(node.heard.settled == 1);
    for (int i = 0; i < 3; ++i) {
        CHECK(node.shard_reached(1) == 2);
        CHECK(node.pool->size() == 1);
        CHECK(shards_seen(node) == shard_list{2}); // what is too much is closed while it rests
        node.advance(2min);
    }
    CHECK(node.heard.told.size() == 1);
    node.acceptor = [&] { return ++node.turn % 4; };
    node.advance(2min);
    CHECK(node.pool->is_full());
    CHECK(shards_seen(node) == shard_list{1, 3});
    node.close();
}

TEST_CASE("When the one that serves is lost, another that was opened does in its place") {
    node_and_pool node(4);
    begin_with_others(node);
    lose_what_serves(node);
    CHECK(node.pool->size() == 1);
    node.close();
}

TEST_CASE(
    "What is kept aside is asked to be in another keyspace as well, for it may come to serve") {
    node_and_pool node(4);
    begin_with_others(node);
    std::size_t asked = 0;
    node.on_executor([&] { asked = node.pool->use_keyspace("other", nullptr, base::never); });
    CHECK(asked > 1);
    node.until([&] { return node.heard.keyspaces_answered == asked; });
    lose_what_serves(node);
    node.close();
}

TEST_CASE("Connections that are a node's, and not its shards', are the same whatever share there "
          "is") {
    node_and_pool node(4);
    node.settings.per_node = true;
    node.settings.share = {1, 2};
    node.fill();
    CHECK(node.pool->size() == 1);
    have_share(node, {2, 3});
    node.settle();
    CHECK(node.pool->is_full());
    CHECK(node.pool->size() == 1);
    CHECK(node.accepted() == 1);
    node.close();
}

TEST_CASE("A share that shrinks leaves what is no more in it, and one that grows opens the rest") {
    node_and_pool node(4);
    node.fill();
    CHECK(node.accepted() == 4);
    have_share(node, {0, 2});
    node.settle();
    CHECK(node.pool->is_full());
    CHECK(node.pool->size() == 2);
    CHECK(shards_seen(node) == shard_list{0, 2});
    CHECK(node.accepted() == 4);
    have_share(node, {0, 1});
    CHECK(serves_until_full(node));
    CHECK(shards_seen(node) == shard_list{0, 1, 2, 3});
    CHECK(node.accepted() == 6);
    CHECK(node.heard.told.size() == 1);
    CHECK(node.heard.settled == 1);
    node.close();
}

TEST_CASE("Shards that change hands are left when there are the others, and no node is ever "
          "without a connection") {
    for (const bool has_port : {true, false}) {
        CAPTURE(has_port);
        node_and_pool node(4);
        node.has_port = has_port;
        node.settings.share = {0, 2};
        node.fill();
        for (const auto& next : {share{1, 2}, share{2, 4}, share{3, 4}, share{5, 6}, share{0, 2}}) {
            CAPTURE(next.place);
            have_share(node, next);
            CHECK(serves_until_full(node));
            for (const auto shard : shards_seen(node))
                CHECK(next.has(shard, 4));
            CHECK(shards_seen(node).size() == node.pool->size());
        }
        CHECK(node.heard.told.size() == 1);
        node.close();
    }
}

TEST_CASE("Until there are the new ones requests go by the old ones, to the right shard too") {
    node_and_pool node(4);
    node.settings.share = {0, 2};
    node.fill();
    node.by_source->options().silent = testing::silence::at_startup;
    have_share(node, {1, 2});
    node.settle();
    CHECK(node.pool->size() == 2);
    CHECK(node.shard_reached(0) == 0);
    CHECK(node.shard_reached(2) == 2);
    node.close();
}

TEST_CASE("What changes hands and back before anything has come of it stays where it was") {
    node_and_pool node(4);
    node.settings.share = {0, 2};
    node.fill();
    const auto before = node.accepted();
    const auto one = node.pool->connection_to(0);
    node.on_executor([&] {
        node.pool->have_share({1, 2});
        CHECK(!node.pool->is_full());
        node.pool->have_share({0, 2});
        CHECK(node.pool->is_full());
    });
    node.settle();
    CHECK(node.pool->size() == 2);
    CHECK(node.pool->connection_to(0) == one);
    CHECK(shards_seen(node) == shard_list{0, 2});
    CHECK(node.accepted() <= before + 2); // that were on their way, and are closed
    node.close();
}

TEST_CASE("A connection to a shard that comes to be one's own need not be opened again") {
    node_and_pool node(4);
    begin_with_others(node);
    have_share(node, {0, 2});
    CHECK(node.pool->is_full());
    node.settle();
    CHECK(node.pool->size() == 2);
    CHECK(shards_seen(node) == shard_list{0, 2});
    node.close();
}

TEST_CASE("A node that comes back with other shards has those of the share filled") {
    for (const std::uint32_t after : {2u, 3u, 8u}) {
        CAPTURE(after);
        node_and_pool node(4);
        node.settings.share = {1, 3};
        node.fill();
        CHECK(shards_seen(node) == shard_list{1});
        node.shards = after;
        node.offer_again();
        node.usual->drop_connections();
        node.by_source->drop_connections();
        node.until([&] { return node.heard.told.size() == 3; });
        node.until(
            [&] { return node.pool->sharding()->shards() == after && node.pool->is_full(); });
        node.settle();
        const auto seen = shards_seen(node);
        CHECK(seen == (after == 8 ? shard_list{1, 4, 7} : shard_list{1}));
        CHECK(node.pool->size() == seen.size());
        node.close();
    }
}

TEST_CASE("A node that has moved has the same shards' connections where it is now") {
    node_and_pool node(4);
    node.settings.share = {1, 2};
    node.fill();
    const auto old = node.pool->connection_to(1);
    testing::scripted_node usual_there(node.context, node.options(false));
    node.on_executor([&] {
        node.pool->move_to(usual_there.where());
        // What leads to where the node was does not serve for good, also where its shard is.
        node.pool->have_share({0, 2});
        node.pool->have_share({1, 2});
    });
    CHECK(serves_until_full(node));
    CHECK(!old->state().open);
    CHECK(node.pool->size() == 2);
    CHECK(shards_seen(node) == shard_list{1, 3}); // by the port that chooses, which is the old one
    node.close();
}

TEST_CASE("A pool whose share changes at any moment is closed, drained, or goes with its "
          "io_context, and leaves nothing") {
    enum class end { closed, drained, gone };
    for (const auto how : {end::closed, end::drained, end::gone})
        for (std::size_t turns = 0; turns < 60; ++turns) {
            CAPTURE(turns);
            std::weak_ptr<host_pool> left;
            {
                node_and_pool node(4);
                node.has_port = turns % 2 == 0;
                node.settings.share = {0, 3};
                node.begin();
                left = node.pool;
                for (std::size_t i = 0; i < turns; ++i) {
                    node.context.poll_one();
                    if (i % 7 == 6)
                        node.pool->have_share({static_cast<std::uint32_t>(i % 3), 3});
                }
                if (how == end::drained) {
                    node.on_executor([&] { node.pool->drain(); });
                    node.on_executor([&] { node.pool->have_share({0, 1}); });
                    node.until([&] { return node.pool->is_over(); });
                    node.settle();
                    CHECK(shards_seen(node).empty());
                }
                if (how != end::gone)
                    node.close();
                node.on_executor([&] { node.pool->have_share({1, 2}); });
                node.pool.reset();
            }
            CHECK(left.expired());
        }
}
