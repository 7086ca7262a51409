#include "../worlds.hpp"
#include "cluster.hpp"
#include "datacenters.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <map>
#include <thread>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr const char* read_cql = "SELECT v FROM app.t";

statement_options by(const std::string& profile) {
    return statement_options().execution_profile(profile);
}

/// What of a profile a request shows to the node.
struct on_the_wire {
    consistency level;
    std::optional<consistency> serial;
    std::optional<std::int32_t> rows;
    friend bool operator==(const on_the_wire&, const on_the_wire&) = default;
};

/// A cluster that takes down how it is asked.
class noting_cluster : public session_cluster {
  public:
    explicit noting_cluster(int size, std::uint32_t shards = 0, speech how = speech::plain)
        : session_cluster(size, shards, how) {
        answer = [this](int, const node_request& request) -> std::optional<node_reply> {
            last = {request.consistency, request.serial_consistency, request.page_size};
            return std::nullopt;
        };
    }

    std::size_t messages() const {
        std::size_t all = 0;
        for (const auto* const each : {&nodes, &by_source})
            for (const auto& node : *each)
                for (const auto kind :
                     {opcode::query, opcode::prepare, opcode::execute, opcode::batch})
                    all += node->count(kind);
        return all;
    }

    on_the_wire last{};
};

std::size_t connections_to(const std::vector<host_info>& hosts, int number) {
    const auto found = std::ranges::find(hosts, id_of(number), &host_info::id);
    return found != hosts.end() ? found->connections : 0;
}

bool is_used(const std::vector<host_info>& hosts, int number) {
    const auto found = std::ranges::find(hosts, id_of(number), &host_info::id);
    return found != hosts.end() && found->is_used;
}

/// Which nodes are asked where a profile is named.
asio::awaitable<std::set<int>> asked_by(session_cluster& cluster, session& app,
                                        std::string profile) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    cluster.requests.clear();
    for (int i = 0; i < 40; ++i) {
        const auto key = "key " + std::to_string(i);
        auto asking = app.execute(find, by(profile), key);
        co_await std::move(asking);
        auto text = app.query(read_cql, by(profile));
        co_await std::move(text);
    }
    CHECK(cluster.requests.size() == 80);
    co_return cluster.nodes_asked();
}

using datacenter_names = std::vector<std::string>;

} // namespace

TEST_CASE("A statement goes by the profile that it names; its own options count before it, the "
          "default profile and the session's options after it") {
    using enum consistency;
    for (const std::uint32_t shards : {0U, 2U}) {
        noting_cluster cluster(2, shards);
        auto usual = execution_profile().consistency(quorum).serial_consistency(local_serial);
        usual.page_size(77);
        cluster.options.execution_profile(usual);
        cluster.options.execution_profile("reports",
                                          execution_profile().consistency(two).page_size(9));
        cluster.options.execution_profile("whole", execution_profile().page_size(std::nullopt));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            const auto put = co_await app.prepare(session_cluster::put_cql);
            const auto own =
                by("reports").consistency(local_one).serial_consistency(serial).page_size(5000);
            const std::vector<std::pair<statement_options, on_the_wire>> all = {
                {statement_options(), {quorum, local_serial, 77}},
                {by("default"), {quorum, local_serial, 77}},
                {by(""), {quorum, local_serial, 77}},
                {by("reports"), {two, local_serial, 9}},
                {by("whole"), {quorum, local_serial, std::nullopt}},
                // What a statement says counts also where it says the usual.
                {own, {local_one, serial, 5000}},
                {by("reports").page_size(std::nullopt), {two, local_serial, std::nullopt}}};
            for (const auto& [how, expected] : all) {
                cluster.last = {};
                auto text = app.query(read_cql, how);
                co_await std::move(text);
                CHECK(cluster.last == expected);
                cluster.last = {};
                auto prepared = app.execute(find, how, "key");
                co_await std::move(prepared);
                CHECK(cluster.last == expected);
                cluster.last = {};
                batch several;
                several.add(put, "key", "v");
                auto batched = app.execute(several, how);
                co_await std::move(batched);
                CHECK(cluster.last.level == expected.level);
                CHECK(cluster.last.serial == expected.serial);
                cluster.last = {};
                auto pages = app.pages(find, how, "key");
                co_await pages.next();
                CHECK(cluster.last == expected);
            }
            cluster.last = {};
            co_await app.execute(find, "key"); // no options at all
            CHECK(cluster.last == all.front().second);
            auto asking = app.query("SELECT v FROM app.t WHERE k = ?", "key");
            co_await std::move(asking);
            CHECK(cluster.last == all.front().second);
            co_await app.close();
        });
    }
}

TEST_CASE("A profile's time-out is that of its statements, and a statement's own counts before") {
    session_cluster cluster(1);
    cluster.node(1).options().silent_statement = "SELECT silence";
    cluster.options.execution_profile("no time", execution_profile().timeout(0s));
    cluster.options.execution_profile("little time", execution_profile().timeout(50ms));
    cluster.options.request_timeout(10min);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        auto text = as_result(app.query(read_cql, by("no time")));
        const auto none = co_await std::move(text);
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::timed_out));
        CHECK(none.error().outcome() == request_outcome::not_sent);
        auto prepared = as_result(app.execute(find, by("no time"), "key"));
        const auto other = co_await std::move(prepared);
        CHECK(other.error().is(errc::timed_out));
        auto preparing = as_result(app.prepare("SELECT 1", by("no time")));
        const auto not_prepared = co_await std::move(preparing);
        CHECK(not_prepared.error().is(errc::timed_out));
        CHECK(cluster.requests.empty());

        auto own = app.query(read_cql, by("no time").timeout(10s));
        co_await std::move(own);
        CHECK(cluster.requests.size() == 1);

        auto silent = as_result(app.query("SELECT silence", by("little time")));
        const auto late = co_await std::move(silent);
        CHECK(late.error().is(errc::timed_out));
        CHECK(late.error().outcome() == request_outcome::maybe_executed);
        // Of prepared ones, too, where another one's PREPARE is waited for.
        cluster.node(1).options().answered_prepares = 0;
        auto both = as_result(app.prepare("SELECT 2", by("little time"))) &&
                    as_result(app.prepare("SELECT 2", by("little time")));
        const auto [first, second] = co_await std::move(both);
        CHECK(first.error().is(errc::timed_out));
        CHECK(second.error().is(errc::timed_out));
        co_await app.close();
    });
}

TEST_CASE("A profile that there is not is an error at the call, and nothing is sent") {
    noting_cluster cluster(2, 2);
    cluster.options.execution_profile("reports", execution_profile());
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto before = cluster.messages();
        const auto refused = [](const auto& outcome) {
            REQUIRE(!outcome.has_value());
            CHECK(outcome.error().is(errc::not_found));
            CHECK(outcome.error().outcome() == request_outcome::not_sent);
            CHECK(outcome.error().message().find("'nowhere'") != std::string_view::npos);
            CHECK(outcome.error().advice() == "it has: default, reports");
        };
        const auto how = by("nowhere");
        auto text = as_result(app.query(read_cql, how));
        refused(co_await std::move(text));
        auto bound = as_result(app.execute(find, how, "key"));
        refused(co_await std::move(bound));
        batch several;
        several.add("DELETE FROM app.t WHERE k = 'x'");
        auto batched = as_result(app.execute(several, how));
        refused(co_await std::move(batched));
        auto preparing = as_result(app.prepare("SELECT 1", how));
        refused(co_await std::move(preparing));
        auto pages = app.pages(find, how, "key");
        auto paging = as_result(pages.next());
        refused(co_await std::move(paging));
        auto replacing = as_result(app.replace_execution_profile("nowhere", execution_profile()));
        const auto unknown = co_await std::move(replacing);
        REQUIRE(!unknown.has_value());
        CHECK(unknown.error().is(errc::not_found));
        CHECK(cluster.messages() == before);
        const auto counted = co_await app.metrics();
        CHECK(counted.counts.failures.all() == 0);
        co_await app.close();
    });
}

TEST_CASE("Profiles that cannot be are refused when a session is opened, and when one is to be put "
          "in another's place") {
    session_cluster cluster(1);
    const auto lost_rack = execution_profile().local_rack("r1");
    cluster.run([&]() -> asio::awaitable<void> {
        auto with_rack = cluster.options;
        with_rack.execution_profile("reports", lost_rack);
        const auto rack = co_await as_result(connect(with_rack));
        REQUIRE(!rack.has_value());
        CHECK(rack.error().is(errc::bad_configuration));
        CHECK(rack.error().message().find("'reports'") != std::string_view::npos);
        auto nameless = cluster.options;
        nameless.execution_profile("", execution_profile());
        const auto name = co_await as_result(connect(nameless));
        REQUIRE(!name.has_value());
        CHECK(name.error().is(errc::bad_configuration));

        auto app = co_await cluster.connected();
        auto replacing =
            as_result(app.replace_execution_profile(execution_profile::default_name, lost_rack));
        const auto refused = co_await std::move(replacing);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::bad_configuration));
        co_await app.query(read_cql);
        co_await app.close();
        auto closed = as_result(app.replace_execution_profile("default", execution_profile()));
        const auto late = co_await std::move(closed);
        REQUIRE(!late.has_value());
        CHECK(late.error().is(errc::connection_closed));
        session none;
        auto empty = as_result(none.replace_execution_profile("default", execution_profile()));
        const auto nobody = co_await std::move(empty);
        CHECK(nobody.error().is(errc::connection_closed));
    });
}

TEST_CASE("A connection has no profiles and no routes, and says so before anything is sent") {
    asio::io_context context(1);
    auto options = echo();
    scripted_node node(context, options);
    bool over = false;
    start(context, [](scripted_node& node, bool& over) -> asio::awaitable<void> {
        auto one = co_await connection::open(node.where());
        const auto find = co_await one.prepare("SELECT 1");
        const std::vector<statement_options> all = {
            by("reports"), statement_options().route(request_route::by_token(7)),
            statement_options().route(request_route::to_host(id_of(1)))};
        for (const auto& how : all) {
            auto text = as_result(one.query("SELECT 1", how));
            const auto refused = co_await std::move(text);
            REQUIRE(!refused.has_value());
            CHECK(refused.error().is(errc::invalid_argument));
            CHECK(refused.error().outcome() == request_outcome::not_sent);
            auto bound = as_result(one.execute(find, how));
            const auto other = co_await std::move(bound);
            REQUIRE(!other.has_value());
            CHECK(other.error().is(errc::invalid_argument));
        }
        CHECK(node.count(opcode::query) == 0);
        CHECK(node.count(opcode::execute) == 0);
        co_await one.query("SELECT 1", by("")); // which names none
        co_await one.close();
        node.stop();
        over = true;
    }(node, over));
    context.run();
    CHECK(over);
}

TEST_CASE(
    "While a thousand requests run their profile is replaced: each goes by one of both, whole, "
    "and those that begin after it by the new one") {
    using enum consistency;
    const on_the_wire even{two, serial, 200};
    const on_the_wire odd{three, local_serial, 300};
    const auto profile_of = [](const on_the_wire& how) {
        auto made = execution_profile().consistency(how.level).serial_consistency(*how.serial);
        return made.page_size(how.rows);
    };
    for (const bool is_default : {false, true}) {
        noting_cluster cluster(2, 2);
        const std::string name = is_default ? execution_profile::default_name : "busy";
        cluster.options.execution_profile(name, profile_of(even));
        std::map<std::string, on_the_wire> seen;
        cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
            const on_the_wire how{request.consistency, request.serial_consistency,
                                  request.page_size};
            if (!request.values.empty())
                seen[cluster.requests.back().key] = how;
            return std::nullopt;
        };
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            int generation = 0; ///< of which all is known: its replacement has returned
            bool replacing = false;
            std::size_t running = 20;
            std::size_t surely = 0;
            std::map<std::string, int> begun_with;
            const auto worker = [&](int who) -> asio::awaitable<void> {
                for (int i = 0; i < 50; ++i) {
                    const auto key = std::to_string(who) + "/" + std::to_string(i);
                    if (!replacing)
                        begun_with[key] = generation;
                    auto asking =
                        is_default ? app.execute(find, key) : app.execute(find, by("busy"), key);
                    co_await std::move(asking);
                }
                --running;
            };
            for (int who = 0; who < 20; ++who)
                start(cluster.context, worker(who));
            while (running != 0) {
                replacing = true;
                const auto& next = (generation + 1) % 2 == 0 ? even : odd;
                auto doing = app.replace_execution_profile(name, profile_of(next));
                co_await std::move(doing);
                ++generation;
                replacing = false;
                co_await asio::post(cluster.context, asio::use_awaitable);
                co_await asio::post(cluster.context, asio::use_awaitable);
            }
            CHECK(generation > 10);
            CHECK(seen.size() == 1000);
            for (const auto& [key, how] : seen) {
                CHECK((how == even || how == odd));
                if (const auto known = begun_with.find(key); known != begun_with.end()) {
                    CHECK(how == (known->second % 2 == 0 ? even : odd));
                    ++surely;
                }
            }
            CHECK(surely > 100);
            co_await app.close();
        });
    }
}

TEST_CASE("A request that is sent again goes by the profile that it began with") {
    using enum consistency;
    noting_cluster cluster(1);
    cluster.options.execution_profile("one", execution_profile().consistency(two).page_size(2));
    bool forget = false;
    bool forgotten = false;
    cluster.node(1).options().forgets = [&](const std::string&) {
        return forget && !std::exchange(forgotten, true);
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        forget = true;
        auto replacing = [&]() -> asio::awaitable<int> {
            auto doing = app.replace_execution_profile(
                "one", execution_profile().consistency(three).page_size(3));
            co_await std::move(doing);
            co_return cluster.requests.empty() ? 1 : 2;
        };
        auto both = app.execute(find, by("one"), "key") && replacing();
        const auto [answer, when] = co_await std::move(both);
        CHECK(when == 1); // it was replaced before the request was answered
        CHECK(forgotten);
        CHECK(cluster.requests.size() == 1);
        CHECK(cluster.last == on_the_wire{two, std::nullopt, 2});
        auto again = app.execute(find, by("one"), "key");
        co_await std::move(again);
        CHECK(cluster.last == on_the_wire{three, std::nullopt, 3});
        co_await app.close();
    });
}

TEST_CASE("A profile has a data centre and a rack of its own, and the session connections to all "
          "that its profiles use") {
    for (const std::uint32_t shards : {0U, 2U}) {
        session_cluster cluster(4, shards);
        have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
        cluster.options.local_datacenter("dc1").local_rack("r1");
        cluster.options.execution_profile("reports", execution_profile().local_datacenter("dc2"));
        cluster.options.execution_profile("wide",
                                          execution_profile().local_datacenter("").local_rack(""));
        cluster.options.execution_profile("nowhere", execution_profile().local_datacenter("dc3"));
        auto far = execution_profile().local_datacenter("dc3").remote_hosts();
        cluster.options.execution_profile("far", far);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto hosts = co_await app.hosts();
            for (int i = 1; i <= 4; ++i)
                CHECK(connections_to(hosts, i) == std::max(1U, shards));
            const auto usual = co_await asked_by(cluster, app, "");
            CHECK(usual == std::set<int>{1, 2});
            const auto reports = co_await asked_by(cluster, app, "reports");
            CHECK(reports == std::set<int>{3, 4});
            const auto wide = co_await asked_by(cluster, app, "wide");
            CHECK(wide == std::set<int>{1, 2, 3, 4});
            const auto remote = co_await asked_by(cluster, app, "far");
            CHECK(remote == std::set<int>{1, 2, 3, 4});
            cluster.requests.clear();
            auto asking = as_result(app.query(read_cql, by("nowhere")));
            const auto none = co_await std::move(asking);
            REQUIRE(!none.has_value());
            CHECK(none.error().is(errc::bad_configuration));
            CHECK(none.error().outcome() == request_outcome::not_sent);
            CHECK(none.error().message().find("'nowhere'") != std::string_view::npos);
            CHECK(cluster.requests.empty());
            // What may not leave its data centre stays there, by the profile's.
            const auto near = by("far").consistency(consistency::local_serial);
            auto staying = as_result(app.query(read_cql, near));
            const auto stayed = co_await std::move(staying);
            REQUIRE(!stayed.has_value());
            CHECK(stayed.error().is(errc::no_host_available));
            co_await app.close();
        });
    }
}

TEST_CASE("A profile of another data centre counts when its nodes have connections; those to nodes "
          "that no profile uses any more end when what is in flight is answered") {
    for_each_speech([](speech how) {
        noting_cluster cluster(4, 0, how);
        have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
        cluster.options.local_datacenter("dc1");
        cluster.options.execution_profile("moving", execution_profile());
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            auto hosts = co_await app.hosts();
            CHECK(!is_used(hosts, 3));
            CHECK(connections_to(hosts, 3) + connections_to(hosts, 4) == 0);

            const auto there = execution_profile().local_datacenter("dc2");
            const auto failures = co_await app.metrics();
            co_await app.replace_execution_profile("moving", there);
            hosts = co_await app.hosts();
            CHECK(connections_to(hosts, 3) == 1);
            CHECK(connections_to(hosts, 4) == 1);
            const auto moved = co_await asked_by(cluster, app, "moving");
            CHECK(moved == std::set<int>{3, 4});
            const auto usual = co_await asked_by(cluster, app, "");
            CHECK(usual == std::set<int>{1, 2});

            // Requests are under way there while it is taken back.
            for (const int number : {3, 4})
                cluster.node(number).options().delay = [](const std::string& cql) {
                    return cql == read_cql ? 200ms : 0ms;
                };
            std::size_t answered = 0;
            const auto asking = [&]() -> asio::awaitable<void> {
                auto doing = app.query(read_cql, by("moving"));
                co_await std::move(doing);
                ++answered;
            };
            cluster.requests.clear();
            for (int i = 0; i < 50; ++i)
                start(cluster.context, asking());
            while (cluster.requests.size() != 50)
                co_await asio::post(cluster.context, asio::use_awaitable);
            CHECK(cluster.nodes_asked() == std::set<int>{3, 4});
            CHECK(answered == 0);
            co_await app.replace_execution_profile("moving", execution_profile());
            CHECK(answered == 0);
            hosts = co_await app.hosts();
            CHECK(!is_used(hosts, 3));
            const auto back = co_await asked_by(cluster, app, "moving");
            CHECK(back == std::set<int>{1, 2});
            const auto all_answered = [&]() -> asio::awaitable<bool> {
                const auto now = co_await app.metrics();
                co_return answered == 50 && now.connections == 2;
            };
            co_await cluster.become(all_answered);
            CHECK(cluster.node(3).shards_of_connections().empty());
            CHECK(cluster.node(4).shards_of_connections().empty());
            const auto now = co_await app.metrics();
            CHECK(now.counts.failures.all() == failures.counts.failures.all());
            CHECK(now.retries == 0);

            // And there again, which makes new ones.
            co_await app.replace_execution_profile("moving", there);
            const auto again = co_await asked_by(cluster, app, "moving");
            CHECK(again == std::set<int>{3, 4});
            co_await app.close();
        });
    });
}

TEST_CASE("A profile whose nodes cannot be used is not put in force, and all stays as it was") {
    session_cluster cluster(4);
    have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("moving", execution_profile().timeout(9s));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(3).stop();
        cluster.node(4).stop();
        auto moving = as_result(
            app.replace_execution_profile("moving", execution_profile().local_datacenter("dc2")));
        const auto dead = co_await std::move(moving);
        REQUIRE(!dead.has_value());
        CHECK(dead.error().is(errc::no_host_available));
        CHECK(dead.error().attempts().size() == 2);
        auto leaving = as_result(
            app.replace_execution_profile("moving", execution_profile().local_datacenter("dc3")));
        const auto none = co_await std::move(leaving);
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::bad_configuration));
        CHECK(none.error().advice().find("dc1, dc2") != std::string_view::npos);
        const auto usual = co_await asked_by(cluster, app, "moving");
        CHECK(usual == std::set<int>{1, 2});
        const auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 3));

        // The rest of a profile can be changed also while none of its nodes is there.
        cluster.node(1).stop();
        cluster.node(2).stop();
        co_await app.replace_execution_profile("moving", execution_profile().timeout(0s));
        co_await app.close();
    });
}

TEST_CASE("Replacements come one after another; one that is cancelled, or overtaken by close(), "
          "changes nothing") {
    using enum consistency;
    noting_cluster cluster(2);
    have_datacenters(cluster, datacenter_names{"dc1", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("moving", execution_profile().consistency(one));
    // The other node accepts, and says nothing.
    cluster.node(2).options().silent = silence::at_options;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto there = execution_profile().consistency(two).local_datacenter("dc2");
        asio::steady_timer soon(cluster.context, 50ms);
        auto cancelled = as_result(app.replace_execution_profile("moving", there)) ||
                         soon.async_wait(asio::use_awaitable);
        const auto which = co_await std::move(cancelled);
        CHECK(which.index() == 1);
        co_await app.query(read_cql, by("moving"));
        CHECK(cluster.last.level == one);
        auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 2));

        // The second one waits for the first, which is given up.
        asio::steady_timer later(cluster.context, 50ms);
        const auto give_up = [&]() -> asio::awaitable<int> {
            auto either = as_result(app.replace_execution_profile("moving", there)) ||
                          later.async_wait(asio::use_awaitable);
            const auto ended = co_await std::move(either);
            co_return static_cast<int>(ended.index());
        };
        const auto second = execution_profile().consistency(three);
        const auto third = execution_profile().consistency(all);
        auto three_of_them = give_up() &&
                             as_result(app.replace_execution_profile("moving", second)) &&
                             as_result(app.replace_execution_profile("moving", third));
        const auto [first_ended, second_done, third_done] = co_await std::move(three_of_them);
        CHECK(first_ended == 1);
        CHECK(second_done.has_value());
        CHECK(third_done.has_value());
        co_await app.query(read_cql, by("moving"));
        CHECK(cluster.last.level == all);

        const auto close_soon = [&]() -> asio::awaitable<int> {
            asio::steady_timer moment(cluster.context, 20ms);
            co_await moment.async_wait(asio::use_awaitable);
            co_await app.close();
            co_return 0;
        };
        auto until_closed = as_result(app.replace_execution_profile("moving", there)) &&
                            as_result(app.replace_execution_profile("moving", second)) &&
                            close_soon();
        const auto [first, other, closed] = co_await std::move(until_closed);
        CHECK(closed == 0);
        CHECK(first.error().is(errc::connection_closed));
        CHECK(other.error().is(errc::connection_closed));
    });
}

TEST_CASE("A node that joins is used by the profiles that it is near to") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    have_datacenters(cluster, datacenter_names{"dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("reports", execution_profile().local_datacenter("dc2"));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto before = co_await asked_by(cluster, app, "reports");
        CHECK(before == std::set<int>{2});
        cluster.gone.clear();
        cluster.know_all();
        have_datacenters(cluster, datacenter_names{"dc1", "dc2", "dc2"});
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 3);
        const auto after = co_await asked_by(cluster, app, "reports");
        CHECK(after == std::set<int>{2, 3});
        const auto usual = co_await asked_by(cluster, app, "");
        CHECK(usual == std::set<int>{1});
        co_await app.close();
    });
}

namespace {

/// A cluster on a thread of its own that answers how it was asked.
class telling_thread {
  public:
    telling_thread() : cluster_(2, 2) {
        cluster_.answer = [](int, const node_request& request) {
            return std::optional(rows_of({std::string(to_string(request.consistency))}));
        };
        guard_.emplace(cluster_.context.get_executor());
        thread_ = std::thread([this] { cluster_.context.run(); });
    }
    ~telling_thread() {
        asio::post(cluster_.context, [this] {
            for (auto* const all : {&cluster_.nodes, &cluster_.by_source})
                for (const auto& each : *all)
                    each->stop();
            guard_.reset();
        });
        thread_.join();
    }
    telling_thread(const telling_thread&) = delete;
    telling_thread& operator=(const telling_thread&) = delete;

    const cocql::options& options() const { return cluster_.options; }

  private:
    session_cluster cluster_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
    std::thread thread_;
};

asio::awaitable<session> session_of(options how) {
    auto made = co_await connect(std::move(how));
    co_await made.ready();
    co_return made;
}

/// How many of its requests went by what it had put in force before.
asio::awaitable<int> replace_and_ask(session app, std::string name) {
    using enum consistency;
    int right = 0;
    for (int i = 0; i < 30; ++i) {
        const auto level = i % 2 == 0 ? two : three;
        auto replacing =
            app.replace_execution_profile(name, execution_profile().consistency(level));
        co_await std::move(replacing);
        auto asking = app.query(read_cql, by(name));
        const auto told = co_await std::move(asking);
        right += text_of(told) == to_string(level) ? 1 : 0;
        auto unknown = as_result(app.query(read_cql, by("none")));
        const auto refused = co_await std::move(unknown);
        right += !refused.has_value() && refused.error().is(errc::not_found) ? 1 : 0;
    }
    co_return right;
}

/// How many of its requests went by one of the two.
asio::awaitable<int> only_ask(session app, std::string name) {
    int right = 0;
    for (int i = 0; i < 60; ++i) {
        auto asking = app.query(read_cql, by(name));
        const auto told = co_await std::move(asking);
        const auto level = text_of(told);
        right += level == "TWO" || level == "THREE" ? 1 : 0;
    }
    co_return right;
}

asio::awaitable<void> close_session(session app) {
    co_await app.close();
}

} // namespace

TEST_CASE("R30 profiles are replaced from any thread, and a request that begins after it, there or "
          "elsewhere, goes by the new one") {
    telling_thread cluster;
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        world home(kind);
        world away(world_kind::pool);
        auto how = cluster.options();
        const auto two = execution_profile().consistency(consistency::two);
        for (int i = 0; i < 4; ++i)
            how.execution_profile("profile " + std::to_string(i), two);
        auto app = asio::co_spawn(home.executor(), session_of(how), asio::use_future).get();
        std::vector<std::future<int>> ends;
        for (int i = 0; i < 4; ++i) {
            const auto name = "profile " + std::to_string(i);
            auto& one = i % 2 == 0 ? home : away;
            auto& other = i % 2 == 0 ? away : home;
            ends.push_back(
                asio::co_spawn(one.executor(), replace_and_ask(app, name), asio::use_future));
            ends.push_back(asio::co_spawn(other.executor(), only_ask(app, name), asio::use_future));
        }
        for (auto& each : ends)
            CHECK(each.get() == 60);
        asio::co_spawn(away.executor(), close_session(app), asio::use_future).get();
        app = {};
    }
}
