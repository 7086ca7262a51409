#pragma once

#include "../node.hpp"
#include "client/pool/host_pool.hpp"
#include "testing/manual_clock.hpp"

#include <cocql/testing/id_of.hpp>

#include <boost/asio/post.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cocql::tests {

class pool_ear final : public client::pool_listener {
  public:
    void host_reached(const uuid& host) override { told.push_back("reached " + text(host)); }
    void host_lost(const uuid& host, const error& why) override {
        told.push_back("lost " + text(host));
        last = why;
    }
    void host_settled(const uuid&) override { ++settled; }
    void another_met(const uuid& host) override { told.push_back("another than " + text(host)); }
    void keyspace_answered(const uuid&) override { ++keyspaces_answered; }
    void warned(const std::string& what) override { warnings.push_back(what); }

    std::vector<std::string> told;
    std::size_t settled = 0;
    std::size_t keyspaces_answered = 0;
    std::vector<std::string> warnings;
    error last;

  private:
    static std::string text(const uuid& host) {
        return std::to_string(std::to_integer<int>(host.bytes[15]));
    }
};

/// A scripted ScyllaDB with shards: a usual port, where an acceptor chooses them, and one where the
/// client does. Or a Cassandra, which has none. And a pool of connections to it.
class node_and_pool {
  public:
    /// 0: Cassandra.
    explicit node_and_pool(std::uint32_t number_of_shards) : shards(number_of_shards) {
        by_source = std::make_unique<testing::scripted_node>(context, options(true));
        usual = std::make_unique<testing::scripted_node>(context, options(false));
    }

    testing::node_options options(bool chosen) {
        testing::node_options made;
        if (shards == 0)
            return made;
        made.like = testing::manners::scylla;
        made.shard = [this, chosen](std::uint16_t from) {
            // A port that is rewritten on the way is here never one of the shard that was meant.
            const auto shard = chosen ? (from + (rewritten ? 1u : 0u)) % shards : acceptor();
            ++opened[shard];
            return shard;
        };
        offer(made);
        return made;
    }
    void offer(testing::node_options& made) const {
        if (shards == 0)
            return;
        made.offers["SCYLLA_NR_SHARDS"] = {std::to_string(shards)};
        made.offers["SCYLLA_HOST_ID"] = {testing::id_of(says).to_string()};
        if (by_source && has_port)
            made.offers["SCYLLA_SHARD_AWARE_PORT"] = {std::to_string(by_source->port())};
        else
            made.offers["SCYLLA_SHARD_AWARE_PORT"] = {};
        made.offers["SCYLLA_SHARD_AWARE_PORT_SSL"] = {};
    }
    void offer_again() {
        for (auto* const each : {usual.get(), by_source.get()})
            offer(each->options());
    }

    void begin() {
        offer_again();
        pool = std::make_shared<client::host_pool>(context.get_executor(), testing::id_of(1),
                                                   usual->where(), settings, clock, heard);
        pool->begin();
    }
    void fill() {
        begin();
        until([this] { return pool->is_full(); });
        settle();
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }
    /// On the pool's executor, as it wants to be called.
    template <class Action>
    void on_executor(Action action) {
        bool done = false;
        boost::asio::post(context, [&] {
            action();
            done = true;
        });
        until([&] { return done; });
    }
    void settle() { run_until_quiet(context); }
    void advance(base::duration time) {
        clock.advance(time);
        settle();
    }
    void close() {
        bool closed = false;
        start(context, [](client::host_pool& self, bool& closed) -> boost::asio::awaitable<void> {
            co_await self.close();
            closed = true;
        }(*pool, closed));
        until([&] { return closed; });
    }
    std::uint32_t shard_reached(std::uint32_t wanted) {
        const auto& found = pool->connection_to(wanted);
        REQUIRE(found);
        return routing::shard_offer::in(found->supported()).shard;
    }
    std::size_t accepted() const { return usual->accepted() + by_source->accepted(); }

    boost::asio::io_context context{1};
    testing::manual_clock clock;
    std::uint32_t shards;
    bool has_port = true;
    bool rewritten = false;
    int says = 1; ///< which node it is
    std::uint32_t turn = 0;
    std::function<std::uint32_t()> acceptor = [this] { return turn++ % shards; };
    std::map<std::uint32_t, int> opened;
    std::unique_ptr<testing::scripted_node> by_source;
    std::unique_ptr<testing::scripted_node> usual;
    client::pool_settings settings;
    pool_ear heard;
    std::shared_ptr<client::host_pool> pool;
};

} // namespace cocql::tests
