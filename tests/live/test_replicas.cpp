#include "live.hpp"
#include "schema.hpp"
#include "witnesses.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;

namespace {

options counted_cluster() {
    options how(live::tls());
    how.connection(live::login(tls_options().ca_file(live::variable("COCQL_CA"))));
    return how;
}

/// Has no idea where data is: one node after the other.
class each_in_turn final : public load_balancing_policy {
  public:
    std::optional<uuid> choose(const routed_request& /*what*/, request_candidates& among) override {
        std::set<uuid> all;
        while (const auto each = among.next())
            all.insert(each->host);
        if (all.empty())
            return std::nullopt;
        return *std::next(all.begin(), static_cast<std::ptrdiff_t>(turn_++ % all.size()));
    }

  private:
    std::size_t turn_ = 0;
};

/// What nodes have counted until now.
struct counted {
    std::vector<std::int64_t> coordinated; ///< of each node
    std::int64_t messages;
};

/// Whom the requests for a table of so many copies came to, by what the nodes counted meanwhile.
class share_at_replicas {
  public:
    share_at_replicas(std::size_t copies, const counted& before, const counted& after)
        : copies_(copies), messages_(after.messages - before.messages) {
        for (std::size_t i = 0; i < after.coordinated.size(); ++i)
            of_each_.push_back(after.coordinated[i] - before.coordinated[i]);
    }

    std::int64_t requests() const {
        return std::accumulate(of_each_.begin(), of_each_.end(), std::int64_t{0});
    }
    /// Where all copies have to answer the node that was asked sends a message to each one but
    /// itself, and gets an answer to each, whatever it takes for near. So of `copies` messages one
    /// is spared where it has one of them itself. Whatever else nodes send makes the share smaller.
    double share() const {
        return static_cast<double>(copies_) -
               static_cast<double>(messages_) / 2 / static_cast<double>(requests());
    }
    std::string to_string(const std::string& what) const {
        std::string each;
        for (const auto count : of_each_)
            each += (each.empty() ? "" : " + ") + std::to_string(count);
        return std::to_string(copies_) + (copies_ == 1 ? " copy, " : " copies, ") +
               std::to_string(requests()) + " " + what + " (" + each +
               " by node), for which nodes sent one another " + std::to_string(messages_) +
               " messages: at least " + std::to_string(100 * share()) +
               " % were coordinated by a replica";
    }

  private:
    std::size_t copies_;
    std::int64_t messages_;
    std::vector<std::int64_t> of_each_;
};

/// A table of so many copies, and what is asked of it.
class replicated_table {
  public:
    explicit replicated_table(std::size_t copies)
        : copies_(copies), keyspace_("live_copies_" + std::to_string(copies)) {}

    asio::awaitable<void> make(connection node) {
        co_await live::change_schema(node, "DROP KEYSPACE IF EXISTS " + keyspace_);
        co_await live::change_schema(node, "CREATE KEYSPACE " + keyspace_ +
                                               " WITH replication = {'class': "
                                               "'NetworkTopologyStrategy', "
                                               "'replication_factor': " +
                                               std::to_string(copies_) + "}");
        co_await live::change_schema(node, "CREATE TABLE " + keyspace_ +
                                               ".t (k int PRIMARY KEY, v text)");
    }
    asio::awaitable<void> drop(connection node) {
        co_await live::change_schema(std::move(node), "DROP KEYSPACE " + keyspace_);
    }

    /// So many requests, each with another key.
    asio::awaitable<share_at_replicas> read(session app, live::witnesses& nodes, int count) {
        const auto find = co_await app.prepare("SELECT v FROM " + keyspace_ + ".t WHERE k = ?");
        co_return co_await count_requests(std::move(app), nodes, find, "read", count);
    }
    asio::awaitable<share_at_replicas> write(session app, live::witnesses& nodes, int count) {
        const auto put =
            co_await app.prepare("INSERT INTO " + keyspace_ + ".t (k, v) VALUES (?, 'some text')");
        co_return co_await count_requests(std::move(app), nodes, put, "write", count);
    }

  private:
    static constexpr int at_once = 64;

    asio::awaitable<share_at_replicas> count_requests(session app, live::witnesses& nodes,
                                                      prepared_statement statement,
                                                      std::string what, int count) {
        // All nodes get to know it, and have connections to one another.
        co_await execute_all(app, statement, 200);
        const auto before = co_await count_now(nodes, what);
        co_await execute_all(app, statement, count);
        const auto after = co_await count_now(nodes, what);
        co_return share_at_replicas(copies_, before, after);
    }

    asio::awaitable<counted> count_now(live::witnesses& nodes, std::string what) {
        counted now;
        now.coordinated = co_await nodes.coordinated(what, keyspace_, "t");
        const auto messages = co_await nodes.messages();
        now.messages = std::accumulate(messages.begin(), messages.end(), std::int64_t{0});
        co_return now;
    }

    static asio::awaitable<void> execute_some(session app, prepared_statement statement, int first,
                                              int count) {
        const auto of_all_copies = statement_options().consistency(consistency::all);
        for (int i = first; i < count; i += at_once) {
            auto executing = app.execute(statement, of_all_copies, i);
            co_await std::move(executing);
        }
    }

    /// Many at the same time.
    static asio::awaitable<void> execute_all(session app, prepared_statement statement, int count) {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer over(executor, asio::steady_timer::time_point::max());
        int running = at_once;
        std::exception_ptr failure;
        for (int i = 0; i < at_once; ++i)
            asio::co_spawn(executor, execute_some(app, statement, i, count),
                           [&](std::exception_ptr thrown) {
                               if (thrown)
                                   failure = thrown;
                               if (--running == 0)
                                   over.cancel();
                           });
        co_await over.async_wait(asio::as_tuple(asio::use_awaitable));
        if (failure)
            std::rethrow_exception(failure);
    }

    std::size_t copies_;
    std::string keyspace_;
};

asio::awaitable<void> count_with_routing(session app, live::witnesses& nodes,
                                         replicated_table& table) {
    const bool is_alone = nodes.size() == 1;
    const int reads = is_alone ? 2'000 : 100'000;
    const int writes = reads / 5;
    const auto written = co_await table.write(app, nodes, writes);
    MESSAGE(nodes.size() << " nodes, " << written.to_string("writes"));
    CHECK(written.requests() == writes);
    CHECK(written.share() >= 0.99);
    CHECK(written.share() <= 1); // more is a count that went wrong
    const auto read = co_await table.read(app, nodes, reads);
    MESSAGE(nodes.size() << " nodes, " << read.to_string("reads"));
    CHECK(read.requests() == reads);
    CHECK(read.share() >= 0.99);
    CHECK(read.share() <= 1); // more is a count that went wrong
}

/// That what the nodes count can tell it: who goes by turns comes to a replica as often as there
/// are more of them.
asio::awaitable<void> count_by_turns(live::witnesses& nodes, replicated_table& table,
                                     std::size_t copies) {
    auto how = counted_cluster();
    how.load_balancing_policy(std::make_shared<each_in_turn>());
    auto app = co_await connect(how);
    co_await app.ready();
    constexpr int requests = 20'000;
    const auto expected = static_cast<double>(copies) / static_cast<double>(nodes.size());
    const auto written = co_await table.write(app, nodes, requests);
    MESSAGE("By turns, " << nodes.size() << " nodes, " << written.to_string("writes"));
    const auto read = co_await table.read(app, nodes, requests);
    MESSAGE("By turns, " << nodes.size() << " nodes, " << read.to_string("reads"));
    for (const auto* each : {&written, &read}) {
        CHECK(each->requests() == requests);
        CHECK(each->share() > expected - 0.05);
        CHECK(each->share() < expected + 0.05);
    }
    co_await app.close();
}

asio::awaitable<void> replicas_are_asked(std::size_t copies) {
    auto app = co_await connect(counted_cluster());
    co_await app.ready();
    live::witnesses nodes;
    co_await nodes.open(app, counted_cluster().connection());
    if (live::is_scylla(nodes.first())) {
        MESSAGE("left out: ScyllaDB does not tell of its messages by CQL");
    } else if (copies > nodes.size()) {
        MESSAGE("left out: there are " << nodes.size() << " nodes, and " << copies
                                       << " copies are asked for");
    } else {
        replicated_table table(copies);
        co_await table.make(nodes.first());
        co_await count_with_routing(app, nodes, table);
        if (copies < nodes.size())
            co_await count_by_turns(nodes, table, copies);
        else
            MESSAGE("not by turns: each node has a copy, so that none can be the wrong one");
        co_await table.drop(nodes.first());
    }
    co_await nodes.close();
    co_await app.close();
}

} // namespace

TEST_CASE("Requests are coordinated by replicas, as the nodes count: one copy") {
    live::run(replicas_are_asked(1));
}

TEST_CASE("Requests are coordinated by replicas, as the nodes count: two copies") {
    live::run(replicas_are_asked(2));
}

TEST_CASE("Requests are coordinated by replicas, as the nodes count: three copies") {
    live::run(replicas_are_asked(3));
}
