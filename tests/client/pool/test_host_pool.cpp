#include "node_and_pool.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using client::host_pool;
using client::pool_settings;

TEST_CASE("A node without shards has as many connections as it should, and they share the work") {
    node_and_pool node(0);
    node.settings.limits.per_shard = 3;
    node.fill();
    CHECK(node.accepted() == 3);
    CHECK(node.pool->size() == 3);
    CHECK(!node.pool->sharding());
    CHECK(node.heard.told == std::vector<std::string>{"reached 1"});
    const auto one = node.pool->connection_to(0);
    CHECK(one);
    CHECK(node.pool->connection_to(17)); // a shard that it has not
    node.close();
    CHECK(node.pool->size() == 0);
    CHECK(!node.pool->connection_to(0));
    CHECK(node.heard.told.size() == 1); // closing is no loss
}

TEST_CASE("Each shard has a connection, by the port where the client chooses it") {
    node_and_pool node(4);
    node.fill();
    CHECK(node.pool->sharding()->shards() == 4);
    CHECK(node.accepted() == 4);
    CHECK(node.usual->accepted() == 1);
    for (std::uint32_t shard = 0; shard < 4; ++shard) {
        CHECK(node.opened[shard] == 1);
        CHECK(node.shard_reached(shard) == shard);
    }
    CHECK(node.heard.warnings.empty());
    node.close();
}

TEST_CASE(
    "Connections may be counted by the node, which then chooses the shards that they lead to") {
    for (const std::uint32_t count : {1U, 3U}) {
        CAPTURE(count);
        node_and_pool node(4);
        node.settings.per_node = true;
        node.settings.limits.per_shard = count;
        node.fill();
        CHECK(node.pool->size() == count);
        CHECK(node.pool->sharding()->shards() == 4);
        CHECK(node.usual->accepted() == count);
        CHECK(node.by_source->accepted() == 0);
        for (std::uint32_t shard = 0; shard < 4; ++shard) {
            const bool is_met = node.opened[shard] != 0;
            CHECK((node.pool->connection_to_just(shard) != nullptr) == is_met);
            if (is_met)
                CHECK(node.shard_reached(shard) == shard);
            CHECK(node.pool->connection_to(shard)); // better another shard than none
        }
        node.usual->drop_connections();
        node.until([&] { return node.heard.told.size() == 3; });
        node.until([&] { return node.pool->is_full(); });
        node.settle();
        CHECK(node.pool->size() == count);
        CHECK(node.usual->accepted() == 2 * count);
        node.pool->renew();
        node.settle();
        CHECK(node.pool->size() == count);
        CHECK(node.usual->accepted() == 3 * count);
        CHECK(node.by_source->accepted() == 0);
        node.close();
    }
}

TEST_CASE(
    "All connections of a pool but one are asked to be in another keyspace, and later ones are") {
    node_and_pool node(4);
    node.fill();
    std::size_t asked = 0;
    node.on_executor([&] {
        const auto* const one = node.pool->connection_to(0).get();
        asked = node.pool->use_keyspace("other", one, base::never);
    });
    CHECK(asked == 3);
    node.until([&] { return node.heard.keyspaces_answered == 3; });
    node.settle();
    CHECK(node.pool->is_full());
    CHECK(node.accepted() == 4);
    std::size_t uses = 0;
    const auto count = [&] {
        uses = 0;
        for (auto* const each : {node.usual.get(), node.by_source.get()})
            for (const auto& cql : each->statements())
                uses += cql == "USE \"other\"" ? 1U : 0U;
    };
    count();
    CHECK(uses == 3);
    node.by_source->drop_connections();
    node.usual->drop_connections();
    node.until([&] { return node.heard.told.size() == 3; });
    node.until([&] { return node.pool->is_full(); });
    count();
    CHECK(uses == 7);
    node.close();
}

TEST_CASE("A connection that is being opened while the keyspace is changed is made anew") {
    node_and_pool node(0);
    node.begin();
    node.until([&] { return node.usual->accepted() == 1; });
    std::size_t asked = 1;
    node.on_executor([&] { asked = node.pool->use_keyspace("other", nullptr, base::never); });
    CHECK(asked == 0);
    node.until([&] { return node.pool->is_full(); });
    node.settle();
    CHECK(node.pool->size() == 1);
    CHECK(node.accepted() == 2);
    CHECK(node.usual->statements() == std::vector<std::string>{"USE \"other\""});
    node.close();
}

TEST_CASE("A connection that is not put in the keyspace in time is replaced; none is waited for "
          "that is closed") {
    node_and_pool node(0);
    node.settings.limits.per_shard = 2;
    node.usual->options().silent_statement = "USE ";
    node.fill();
    node.on_executor([&] { node.pool->use_keyspace("other", nullptr, node.clock.now() + 1s); });
    node.until([&] { return node.usual->statements().size() == 2; });
    CHECK(node.heard.keyspaces_answered == 0);
    node.usual->options().silent_statement.clear();
    node.clock.advance(2s);
    node.until([&] { return node.heard.keyspaces_answered == 2; });
    node.until([&] { return node.accepted() == 4 && node.pool->is_full(); });
    node.usual->options().silent_statement = "USE ";
    node.on_executor([&] { node.pool->use_keyspace("third", nullptr, base::never); });
    node.until([&] { return node.usual->statements().size() == 6; });
    node.close();
    CHECK(node.heard.keyspaces_answered == 4);
}

TEST_CASE("Without that port one opens until each shard is met, and closes what is too much") {
    node_and_pool node(4);
    node.has_port = false;
    std::vector<std::uint32_t> order{2, 2, 2, 0, 1, 0, 3};
    node.acceptor = [&] { return node.turn < order.size() ? order[node.turn++] : 3; };
    node.fill();
    CHECK(node.usual->accepted() == 7);
    CHECK(node.pool->size() == 4);
    for (std::uint32_t shard = 0; shard < 4; ++shard)
        CHECK(node.shard_reached(shard) == shard);
    CHECK(std::ranges::count(node.usual->endings(), "end") == 3); // those that were too much
    node.close();
}

TEST_CASE("An acceptor that always gives the same shard is not asked without end") {
    node_and_pool node(8);
    node.has_port = false;
    node.acceptor = [] { return 5u; };
    node.begin();
    node.settle();
    const auto before = node.accepted();
    CHECK(before <= 1 + 3 * 8);
    CHECK(node.shard_reached(5) == 5);
    CHECK(node.shard_reached(0) == 5); // better another shard than another node
    node.settle();
    CHECK(node.accepted() == before);
    node.advance(2s);
    CHECK(node.accepted() > before);
    CHECK(node.accepted() <= before + 3 * 8);
    // However often that is repeated, what is too much is closed while it rests.
    for (int i = 0; i < 5; ++i)
        node.advance(2min);
    const auto closed = std::ranges::count(node.usual->endings(), "end");
    CHECK(static_cast<std::size_t>(closed) + 1 == node.usual->accepted());
    CHECK(node.pool->size() == 1);
    node.close();
}

TEST_CASE("Where ports are rewritten on the way it does without that port, and says so once") {
    node_and_pool node(4);
    node.rewritten = true;
    node.acceptor = [&] { return ++node.turn % 4; };
    node.fill();
    CHECK(node.by_source->accepted() >= 1);
    CHECK(node.by_source->accepted() <= 2); // two at a time
    REQUIRE(node.heard.warnings.size() == 1);
    CHECK(node.heard.warnings[0].find("shard-aware port") != std::string::npos);
    CHECK(node.pool->size() == 4);
    node.close();
}

TEST_CASE("What is lost is replaced, to the same shard") {
    node_and_pool node(4);
    node.fill();
    node.by_source->drop_connections();
    node.until([&] { return node.pool->size() == 1; });
    node.until([&] { return node.pool->is_full(); });
    CHECK(node.pool->size() == 4);
    for (std::uint32_t shard = 0; shard < 4; ++shard)
        CHECK(node.shard_reached(shard) == shard);
    CHECK(node.heard.told.size() == 1); // there was one all the time
    node.usual->drop_connections();
    node.by_source->drop_connections();
    node.until([&] { return node.heard.told.size() == 3; });
    CHECK(node.heard.told == std::vector<std::string>{"reached 1", "lost 1", "reached 1"});
    CHECK(node.heard.last.is(errc::connection_lost));
    node.until([&] { return node.pool->is_full(); });
    node.close();
}

TEST_CASE(
    "Where another node is now is not connected to, which is counted and told, and tried again") {
    node_and_pool node(2);
    const auto counts = std::make_shared<host_counts>();
    node.fill();
    node.pool->count_in(counts);
    node.says = 2;
    node.offer_again();
    const auto started =
        node.usual->count(opcode::startup) + node.by_source->count(opcode::startup);
    node.usual->drop_connections();
    node.by_source->drop_connections();
    node.until([&] { return node.heard.told.size() >= 3; });
    node.settle();
    CHECK(node.heard.told[1] == "lost 1");
    CHECK(node.heard.told[2] == "another than 1");
    CHECK(counts->wrong_host == node.heard.told.size() - 2);
    CHECK(counts->connections_failed == counts->wrong_host);
    CHECK(node.pool->size() == 0);
    REQUIRE(node.pool->last_failure());
    CHECK(node.pool->last_failure()->is(errc::wrong_host));
    // It was told nothing.
    CHECK(node.usual->count(opcode::startup) + node.by_source->count(opcode::startup) == started);
    const auto before = counts->wrong_host;
    node.settle();
    CHECK(counts->wrong_host == before); // before a rest
    node.says = 1;
    node.offer_again();
    node.advance(2s);
    node.until([&] { return node.pool->is_full(); });
    CHECK(node.heard.told.back() == "reached 1");
    node.close();
}

TEST_CASE("A node that is about to end its connections is left, and connected to after a rest") {
    node_and_pool node(0);
    auto options = node.options(false);
    options.highest_version = 5;
    options.offers["GRACEFUL_DISCONNECT"] = {"true"};
    node.usual = std::make_unique<testing::scripted_node>(node.context, options);
    node.settings.limits.per_shard = 2;
    node.fill();
    CHECK(node.usual->accepted() == 2);
    for (const auto& each : node.usual->clients())
        CHECK(each.events == std::vector<std::string>{"GRACEFUL_DISCONNECT"});
    node.usual->tell(graceful_disconnect{});
    node.until([&] { return node.pool->size() == 0; });
    node.settle();
    CHECK(node.heard.told == std::vector<std::string>{"reached 1", "lost 1"});
    CHECK(node.heard.last.is(errc::connection_draining));
    CHECK(std::ranges::count(node.usual->endings(), "end") == 2); // nothing was in flight
    CHECK(node.usual->accepted() == 2);
    node.advance(2s);
    node.until([&] { return node.pool->is_full(); });
    CHECK(node.usual->accepted() == 4);
    node.close();
}

TEST_CASE("A node that is gone is tried again, longer and longer, or when it is woken") {
    node_and_pool node(0);
    node.fill();
    const auto where = node.usual->where();
    node.usual.reset();
    node.until([&] { return node.heard.told.size() == 2; });
    node.settle();
    testing::node_options options;
    options.port = where.port();
    node.usual = std::make_unique<testing::scripted_node>(node.context, options);
    node.settle();
    CHECK(node.usual->accepted() == 0);
    node.advance(800ms);
    CHECK(node.usual->accepted() == 0);
    node.on_executor([&] { node.pool->wake(); });
    node.until([&] { return node.pool->is_full(); });
    CHECK(node.heard.told.back() == "reached 1");
    node.close();
}

TEST_CASE("A node that comes back with other shards is filled anew, and what was there serves on") {
    for (const std::uint32_t after : {2u, 8u}) {
        CAPTURE(after);
        node_and_pool node(4);
        node.fill();
        const auto old = node.pool->connection_to(2);
        node.shards = after;
        node.opened.clear();
        node.offer_again();
        node.usual->drop_connections(); // one of four, to be replaced
        node.until(
            [&] { return node.pool->sharding()->shards() == after && node.pool->is_full(); });
        node.settle();
        CHECK(node.pool->size() == after);
        for (std::uint32_t shard = 0; shard < after; ++shard)
            CHECK(node.shard_reached(shard) == shard);
        CHECK(!old->state().open);
        CHECK(node.heard.told.size() == 1);
        node.close();
    }
}

TEST_CASE("A node that has moved is connected to where it is now, and then left where it was") {
    node_and_pool node(0);
    node.settings.limits.per_shard = 2;
    node.fill();
    const auto old = node.pool->connection_to(0);
    testing::scripted_node there(node.context, testing::node_options());
    node.on_executor([&] { node.pool->move_to(there.where()); });
    CHECK(node.pool->size() == 2);
    CHECK(node.pool->connection_to(0)); // still by the old one
    node.until([&] { return node.pool->is_full(); });
    node.settle();
    CHECK(there.accepted() == 2);
    CHECK(node.pool->size() == 2);
    CHECK(node.pool->connection_to(0)->where() == there.where());
    CHECK(!old->state().open);
    CHECK(node.heard.told.size() == 1);
    node.on_executor([&] { node.pool->move_to(there.where()); });
    node.settle();
    CHECK(there.accepted() == 2);
    node.close();
}

TEST_CASE("A node that moves while its old address says nothing is not waited for there") {
    node_and_pool node(0);
    node.settings.limits.per_shard = 2;
    node.usual->options().silent = testing::silence::at_accept;
    node.begin();
    node.until([&] { return node.usual->accepted() == 2; });
    testing::scripted_node there(node.context, testing::node_options());
    node.on_executor([&] { node.pool->move_to(there.where()); });
    node.until([&] { return node.pool->is_full(); }); // at once: no clock has moved
    CHECK(there.accepted() == 2);
    node.close();
}

TEST_CASE("A connection that ends at whatever moment of its opening, or just after, is replaced") {
    for (std::size_t turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        node_and_pool node(0);
        node.begin();
        for (std::size_t i = 0; i < turns; ++i)
            node.context.poll_one();
        node.usual->drop_connections();
        node.settle();
        node.advance(2s);
        CHECK(node.pool->is_full());
        CHECK(node.pool->connection_to(0));
        node.close();
    }
}

TEST_CASE("A pool that drains takes no more requests and ends by itself, whenever it is told to") {
    for (const std::uint32_t shards : {0u, 4u})
        for (std::size_t turns = 0; turns < 90; turns += 2) {
            CAPTURE(turns);
            node_and_pool node(shards);
            node.begin();
            for (std::size_t i = 0; i < turns; ++i)
                node.context.poll_one();
            node.on_executor([&] { node.pool->drain(); });
            CHECK(node.pool->size() == 0);
            CHECK(!node.pool->connection_to(0));
            node.until([&] { return node.pool->is_over(); });
            node.settle();
            CHECK(node.usual->shards_of_connections().empty());
            CHECK(node.by_source->shards_of_connections().empty());
            const auto opened = node.accepted();
            node.advance(1h); // none is made in its place
            CHECK(node.accepted() == opened);
            node.on_executor([&] { node.pool->drain(); });
            node.close();
        }
}

TEST_CASE("Who wants just one shard gets no other one's connection") {
    node_and_pool node(4);
    node.has_port = false;
    node.acceptor = [] { return 2u; };
    node.begin();
    node.until([&] { return node.pool->size() != 0; });
    CHECK(node.pool->connection_to(3));
    CHECK(node.pool->connection_to_just(2) == node.pool->connection_to(2));
    for (const auto shard : {0u, 1u, 3u, 4u, 0xffffffffu})
        CHECK(node.pool->connection_to_just(shard) == nullptr);
    node.close();
}

TEST_CASE("A port of ours that is taken is passed over for the next one") {
    node_and_pool node(128);
    // Every second of the 128 ports that lead to one shard, those that others have included.
    const routing::sharding how(128, 12);
    std::vector<std::unique_ptr<asio::ip::tcp::acceptor>> taken;
    std::size_t taken_by_others = 0;
    for (std::uint32_t i = 0; i < 128; i += 2) {
        auto one = std::make_unique<asio::ip::tcp::acceptor>(node.context, asio::ip::tcp::v4());
        boost::system::error_code failed;
        one->bind({asio::ip::tcp::v4(), how.source_port(77, i).value()}, failed);
        if (failed) {
            CHECK(failed == asio::error::address_in_use);
            ++taken_by_others;
            continue;
        }
        one->listen();
        taken.push_back(std::move(one));
    }
    REQUIRE(taken.size() + taken_by_others == 64);
    node.fill();
    CHECK(node.shard_reached(77) == 77);
    CHECK(node.opened[77] == 1);
    node.close();
}

TEST_CASE("A pool is closed at every moment, and leaves nothing") {
    for (std::size_t turns = 0; turns < 80; ++turns) {
        CAPTURE(turns);
        node_and_pool node(turns % 3 == 0 ? 0 : 4);
        node.settings.limits.per_shard = 2;
        if (turns % 2 == 1)
            node.by_source->options().silent = testing::silence::at_startup;
        node.begin();
        for (std::size_t i = 0; i < turns; ++i)
            node.context.poll_one();
        node.close();
        const std::weak_ptr<host_pool> gone = node.pool;
        node.pool.reset();
        node.usual->stop();
        node.by_source->stop();
        node.context.restart();
        node.context.run(); // nothing of it is left to wait for
        CHECK(gone.expired());
    }
}

TEST_CASE("A pool goes with the io_context at every moment") {
    for (std::size_t turns = 0; turns < 80; ++turns) {
        CAPTURE(turns);
        std::weak_ptr<host_pool> gone;
        {
            node_and_pool node(turns % 3 == 0 ? 0 : 4);
            node.settings.limits.per_shard = 2;
            if (turns % 2 == 1)
                node.by_source->options().silent = testing::silence::at_startup;
            node.begin();
            gone = node.pool;
            for (std::size_t i = 0; i < turns; ++i)
                node.context.poll_one();
            node.pool.reset();
        }
        CHECK(gone.expired());
    }
}

TEST_CASE("A node that is tried for somebody is tried at once, and what comes of it is told anew") {
    node_and_pool node(0);
    node.fill();
    CHECK(node.heard.settled == 1);
    bool tried = false;
    node.on_executor([&] { tried = node.pool->try_now(); });
    CHECK(!tried); // there is a connection
    auto again = node.options(false);
    again.port = node.usual->port();
    node.usual->stop();
    node.until([&] { return node.heard.told.size() == 2; });
    node.settle();
    CHECK(node.heard.settled == 1);
    for (std::size_t vain = 1; vain <= 5; ++vain) {
        node.on_executor([&] { tried = node.pool->try_now(); });
        CHECK(tried);
        node.until([&] { return node.heard.settled == 1 + vain; });
        node.settle();
        CHECK(node.heard.settled == 1 + vain);
    }
    node.usual = std::make_unique<testing::scripted_node>(node.context, std::move(again));
    node.settle();
    CHECK(node.pool->size() == 0); // it rests: no time has passed
    node.on_executor([&] { tried = node.pool->try_now(); });
    node.until([&] { return node.heard.settled == 7; });
    CHECK(node.pool->size() == 1);
    CHECK(node.heard.told.back() == "reached 1");
    node.close();
    node.on_executor([&] { tried = node.pool->try_now(); });
    CHECK(!tried);
}
