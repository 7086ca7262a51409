#include "cluster_thread.hpp"
#include "ready_sibling.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

using counts = std::vector<std::size_t>;

/// How many each of them has.
asio::awaitable<counts> own_connections(std::vector<session> all) {
    counts found;
    for (auto& each : all) {
        std::size_t count = 0;
        for (const auto& host : co_await each.hosts())
            count += host.connections;
        found.push_back(count);
    }
    co_return found;
}

/// Whose sessions share shards.
class sharing_cluster : public session_cluster {
  public:
    sharing_cluster(int size, std::uint32_t number_of_shards, speech how = speech::plain)
        : session_cluster(size, number_of_shards, how) {
        options.siblings_share_shards();
    }

    /// So many on executors of their own, the first of which connect() has given.
    asio::awaitable<std::vector<session>> together(std::size_t count) {
        std::vector<session> all;
        all.push_back(co_await connected());
        while (all.size() < count) {
            auto making = sibling_beside(*this, all.front());
            all.push_back(co_await std::move(making));
        }
        co_return all;
    }
    /// What is done with so many of them, all of which are closed at its end.
    template <class Work>
    void run_together(std::size_t count, Work work) {
        run([&]() -> asio::awaitable<void> {
            auto making = together(count);
            auto all = co_await std::move(making);
            auto doing = work(all);
            co_await std::move(doing);
            for (auto& each : all)
                co_await each.close();
        });
    }

    using by_shard = std::map<std::pair<int, std::uint32_t>, int>;
    /// How many connections for requests each node sees to each of its shards.
    by_shard seen() const {
        by_shard found;
        for (const auto* each : {&nodes, &by_source})
            for (std::size_t i = 0; i < each->size(); ++i)
                for (const auto shard : (*each)[i]->shards_of_connections())
                    ++found[{static_cast<int>(i + 1), shard}];
        return found;
    }
    /// Waits until each shard of each node has as many as this says.
    template <class Count>
    asio::awaitable<void> have_each(Count count) {
        by_shard wanted;
        for (int number = 1; number <= size(); ++number)
            for (std::uint32_t shard = 0; shard < shards; ++shard)
                wanted[{number, shard}] = count(shard);
        const auto so = [this, wanted]() -> asio::awaitable<bool> { co_return seen() == wanted; };
        auto waiting = become(so);
        co_await std::move(waiting);
    }
    /// Waits until each of these sessions has as many.
    asio::awaitable<void> have_own(std::vector<session> whose, counts wanted) {
        const auto so = [&whose, &wanted]() -> asio::awaitable<bool> {
            auto counting = own_connections(whose);
            const auto own = co_await std::move(counting);
            co_return own == wanted;
        };
        auto waiting = become(so);
        co_await std::move(waiting);
    }
    asio::awaitable<void> have_one_each() {
        auto waiting = have_each([](std::uint32_t) { return 1; });
        co_await std::move(waiting);
    }
};

} // namespace

TEST_CASE("Siblings that share shards have one connection to each of them, all together") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (std::size_t count = 1; count <= 4; ++count) {
            CAPTURE(name_of(how));
            CAPTURE(count);
            sharing_cluster cluster(3, 4, how);
            cluster.run_together(count, [&](std::vector<session>& all) -> asio::awaitable<void> {
                counts expected;
                for (std::size_t place = 0; place < count; ++place)
                    expected.push_back(3 * ((4 - place + count - 1) / count));
                auto waiting = cluster.have_own(all, expected);
                co_await std::move(waiting);
                co_await cluster.have_one_each();
                auto measuring = all.back().metrics();
                CHECK((co_await std::move(measuring)).connections == 12);
            });
        }
}

TEST_CASE("Of more siblings than there are shards each has one connection to each node") {
    sharing_cluster cluster(2, 2);
    cluster.run_together(5, [&](std::vector<session>& all) -> asio::awaitable<void> {
        auto waiting = cluster.have_each([](std::uint32_t shard) { return shard == 0 ? 3 : 2; });
        co_await std::move(waiting);
        auto own = cluster.have_own(all, counts(5, 2));
        co_await std::move(own);
    });
}

TEST_CASE("Nodes without shards have connections from each sibling that shares shards") {
    sharing_cluster cluster(2, 0);
    cluster.options.connections_per_shard(2);
    cluster.run_together(3, [&](std::vector<session>& all) -> asio::awaitable<void> {
        auto counting = own_connections(all);
        CHECK(co_await std::move(counting) == counts(3, 4));
    });
}

TEST_CASE("Without the shard-aware port siblings share shards, too") {
    sharing_cluster cluster(2, 4);
    cluster.options.shard_aware_port(false);
    cluster.run_together(2, [&](std::vector<session>&) -> asio::awaitable<void> {
        co_await cluster.have_one_each();
    });
}

TEST_CASE("A sibling that is closed gives its shards to the others, and one made later takes its "
          "share") {
    sharing_cluster cluster(3, 4);
    cluster.run_together(4, [&](std::vector<session>& all) -> asio::awaitable<void> {
        co_await cluster.have_one_each();
        co_await all[1].close();
        const std::vector<session> three{all[0], all[2], all[3]};
        const counts of_three{6, 3, 3};
        auto waiting = cluster.have_own(three, of_three);
        co_await std::move(waiting);
        co_await cluster.have_one_each();
        co_await all[2].close();
        co_await all[3].close();
        auto later = sibling_beside(cluster, all[0]);
        all[1] = co_await std::move(later);
        const std::vector<session> two{all[0], all[1]};
        auto again = cluster.have_own(two, counts(2, 6));
        co_await std::move(again);
        co_await cluster.have_one_each();
    });
}

TEST_CASE("A sibling whose last handle is gone gives its shards to the others") {
    sharing_cluster cluster(2, 4);
    cluster.run_together(2, [&](std::vector<session>& all) -> asio::awaitable<void> {
        co_await cluster.have_one_each();
        all.pop_back();
        auto waiting = cluster.have_own(all, counts(1, 8));
        co_await std::move(waiting);
        co_await cluster.have_one_each();
    });
}

TEST_CASE("A sibling whose io_context is destroyed leaves its shards to the others") {
    sharing_cluster cluster(2, 4);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        session there;
        {
            asio::io_context other(1);
            bool over = false;
            start(other,
                  [](session app, asio::io_context& other, session& there,
                     bool& over) -> asio::awaitable<void> {
                      auto making = sibling_of(std::move(app), other.get_executor());
                      there = co_await std::move(making);
                      over = true;
                  }(app, other, there, over));
            while (!over) {
                other.restart();
                other.poll();
                co_await asio::post(cluster.context, asio::use_awaitable);
            }
            co_await cluster.have_one_each();
        }
        auto waiting = cluster.have_own(std::vector<session>(1, app), counts(1, 8));
        co_await std::move(waiting);
        co_await cluster.have_one_each();
        co_await app.query("SELECT v FROM app.t");
        co_await there.close();
        co_await app.close();
    });
}

TEST_CASE("on() that is cancelled at whatever moment takes no shards away") {
    sharing_cluster cluster(2, 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int turns = 0; turns < 40; turns += 3) {
            CAPTURE(turns);
            auto outcome = co_await sibling_cancelled_after(turns, cluster, app);
            if (outcome) {
                auto ending = outcome->close();
                co_await std::move(ending);
            }
            auto waiting = cluster.have_own(std::vector<session>(1, app), counts(1, 4));
            co_await std::move(waiting);
            co_await cluster.have_one_each();
        }
        co_await app.close();
    });
}

TEST_CASE("Sessions that share shards close in any order while shares change, and leave nothing") {
    for (int turns = 0; turns < 60; turns += 4)
        for (const bool first_one_first : {true, false}) {
            CAPTURE(turns);
            sharing_cluster cluster(2, 3);
            cluster.run([&]() -> asio::awaitable<void> {
                auto making = cluster.together(3);
                auto all = co_await std::move(making);
                all[1] = session(); // its share changes hands
                for (int i = 0; i < turns; ++i)
                    co_await asio::post(cluster.context, asio::use_awaitable);
                auto& one = first_one_first ? all[0] : all[2];
                co_await one.close();
                auto& other = first_one_first ? all[2] : all[0];
                co_await other.close();
                const auto gone = [&]() -> asio::awaitable<bool> {
                    co_return cluster.seen().empty();
                };
                co_await cluster.become(gone);
            });
        }
}

TEST_CASE("What is in flight on shards that change hands is answered, and requests go on") {
    sharing_cluster cluster(3, 4);
    constexpr std::size_t many = 120;
    for (const auto* const each : {&cluster.nodes, &cluster.by_source})
        for (const auto& node : *each)
            node->options().delay = [](const std::string& cql) {
                return cql == session_cluster::find_cql ? 500ms : 0ms;
            };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        std::size_t answered = 0;
        const auto asking = [&](int which) -> asio::awaitable<void> {
            auto doing = app.execute(find, "key " + std::to_string(which));
            co_await std::move(doing);
            ++answered;
        };
        cluster.requests.clear();
        for (std::size_t i = 0; i < many; ++i)
            start(cluster.context, asking(static_cast<int>(i)));
        while (cluster.requests.size() != many)
            co_await asio::post(cluster.context, asio::use_awaitable);
        auto making = sibling_beside(cluster, app);
        auto there = co_await std::move(making);
        for (int i = 0; i < 50; ++i) {
            co_await app.query("SELECT v FROM app.t");
            co_await there.query("SELECT v FROM app.t");
        }
        const auto all_answered = [&]() -> asio::awaitable<bool> { co_return answered == many; };
        co_await cluster.become(all_answered);
        co_await cluster.have_one_each();
        const auto now = co_await app.metrics();
        CHECK(now.counts.failures.all() == 0);
        CHECK(now.retries == 0);
        CHECK(now.no_host == 0);
        co_await app.close();
        co_await there.close();
    });
}

TEST_CASE("A request whose shard is a sibling's goes to its node by one of the own connections") {
    sharing_cluster cluster(3, 4);
    cluster.have_table(1);
    cluster.run_together(2, [&](std::vector<session>& all) -> asio::awaitable<void> {
        co_await cluster.have_one_each();
        const auto find = co_await all[0].prepare(session_cluster::find_cql);
        for (std::size_t who = 0; who < 2; ++who) {
            const auto before = co_await all[0].metrics();
            cluster.requests.clear();
            for (int i = 0; i < 200; ++i) {
                auto asking = all[who].execute(find, "key " + std::to_string(i));
                co_await std::move(asking);
            }
            REQUIRE(cluster.requests.size() == 200);
            std::uint64_t elsewhere = 0;
            for (const auto& each : cluster.requests) {
                CHECK(each.node == cluster.owner_of(each.key));
                CHECK(each.shard % 2 == who);
                const auto owning = cluster.owning_shard_of(each.key);
                if (owning % 2 == who)
                    CHECK(each.shard == owning);
                elsewhere += each.shard != owning ? 1 : 0;
            }
            CHECK(elsewhere > 50);
            const auto after = co_await all[0].metrics();
            CHECK(after.counts.wrong_shard - before.counts.wrong_shard == elsewhere);
            CHECK(after.retries == 0);
        }
    });
}

TEST_CASE("A request that is to go to a shard which is a sibling's says so, and is not sent") {
    sharing_cluster cluster(1, 2);
    cluster.run_together(2, [&](std::vector<session>& all) -> asio::awaitable<void> {
        co_await cluster.have_one_each();
        const auto id = (co_await all[0].hosts()).front().id;
        const auto to = [&](std::uint32_t shard) {
            return statement_options().route(request_route::to_shard(id, shard));
        };
        const auto read = "SELECT v FROM app.t";
        cluster.requests.clear();
        auto own = all[1].query(read, to(1));
        co_await std::move(own);
        REQUIRE(cluster.requests.size() == 1);
        CHECK(cluster.requests.front().shard == 1);
        auto others = as_result(all[1].query(read, to(0)));
        const auto refused = co_await std::move(others);
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::no_host_available));
        CHECK(refused.error().outcome() == request_outcome::not_sent);
        CHECK(std::string(refused.error().what()).find("sibling") != std::string::npos);
        auto beyond = as_result(all[1].query(read, to(2)));
        const auto none = co_await std::move(beyond);
        REQUIRE(!none);
        CHECK(none.error().is(errc::invalid_argument));
        CHECK(cluster.requests.size() == 1);
    });
}

TEST_CASE("What servers tell again of tablets whose shard is a sibling's reaches no sibling") {
    sharing_cluster cluster(2, 2);
    cluster.have_tablets(8);
    asio::io_context home(1);
    cluster.run([&]() -> asio::awaitable<void> {
        session app;
        session there;
        prepared_statement find;
        bool over = false;
        start(home,
              [](session_cluster& cluster, session& app, session& there, prepared_statement& find,
                 bool& over) -> asio::awaitable<void> {
                  app = co_await ready_session(cluster.options);
                  auto making = sibling_of(app, cluster.context.get_executor());
                  there = co_await std::move(making);
                  find = co_await there.prepare(session_cluster::find_cql);
                  over = true;
              }(cluster, app, there, find, over));
        const auto let_it = [&]() -> asio::awaitable<void> {
            home.restart();
            home.poll();
            co_await asio::post(cluster.context, asio::use_awaitable);
        };
        while (!over)
            co_await let_it();
        const auto shared_out = [&]() -> asio::awaitable<bool> {
            co_await let_it();
            const auto seen = cluster.seen();
            co_return seen.size() == 4 &&
                std::ranges::all_of(seen, [](const auto& each) { return each.second == 1; });
        };
        co_await cluster.become(shared_out);
        const auto ask = [&]() -> asio::awaitable<int> {
            cluster.told = 0;
            for (int i = 0; i < 100; ++i) {
                auto asking = there.execute(find, "key " + std::to_string(i));
                co_await std::move(asking);
            }
            co_return cluster.told;
        };
        auto learning = ask();
        co_await std::move(learning);
        for (int i = 0; i < 10; ++i)
            co_await let_it();
        auto again = ask();
        CHECK(co_await std::move(again) > 20);
        home.restart();
        CHECK(home.poll() == 0); // the first one has had nothing to do
        // What is new it is told.
        cluster.moved = 1;
        auto anew = ask();
        co_await std::move(anew);
        home.restart();
        CHECK(home.poll() != 0);
        bool closed = false;
        start(home, [](session& app, bool& closed) -> asio::awaitable<void> {
            co_await app.close();
            closed = true;
        }(app, closed));
        while (!closed)
            co_await let_it();
        co_await there.close();
    });
}

TEST_CASE("Warm, ready and reconnected are siblings that share shards when they have their own") {
    sharing_cluster cluster(3, 4);
    cluster.options.warm_up();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        CHECK(cluster.seen().size() == 12);
        auto making = app.on(asio::make_strand(cluster.context));
        auto there = co_await std::move(making);
        auto counting = own_connections(std::vector<session>(1, there));
        CHECK(co_await std::move(counting) == counts(1, 6));
        co_await there.ready();
        co_await cluster.have_one_each();
        co_await there.reconnect();
        co_await app.reconnect();
        co_await cluster.have_one_each();
        // A node is lost, and comes back to whose it was.
        cluster.node(2).drop_connections();
        cluster.by_source[1]->drop_connections();
        co_await there.reconnect();
        co_await app.reconnect();
        co_await cluster.have_one_each();
        const std::vector<session> both{app, there};
        auto waiting = cluster.have_own(both, counts(2, 6));
        co_await std::move(waiting);
        co_await app.close();
        co_await there.close();
    });
}

TEST_CASE("A node that joins has its shards shared out as the others have") {
    sharing_cluster cluster(3, 4);
    cluster.gone = {3};
    cluster.know_all();
    cluster.run_together(3, [&](std::vector<session>& all) -> asio::awaitable<void> {
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.have_one_each();
        const counts wanted{6, 3, 3};
        auto waiting = cluster.have_own(all, wanted);
        co_await std::move(waiting);
    });
}
