// A user's test of what a program does while nodes fail, without a database: a scripted cluster
// answers, and counts what came where.
#include <cocql/cocql.hpp>
#include <cocql/session.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace testing = cocql::testing;
using namespace std::chrono_literals;
using cocql::statement_options;

namespace {

/// What is tested: a program's read, which may be carried out twice.
asio::awaitable<std::string> look_up(cocql::session session, cocql::prepared_statement find,
                                     std::string key) {
    const auto how = statement_options().idempotent().timeout(5s);
    const auto page = co_await session.execute(find, how, key);
    std::string found;
    for (const auto& [text] : page.rows<std::string>())
        found = text;
    co_return found;
}

asio::awaitable<bool> test(testing::scripted_cluster& cluster) {
    auto session = co_await cocql::connect(cocql::options(cluster.node(1).where()));
    co_await session.ready();
    const auto find = co_await session.prepare(cluster.find_cql);
    bool passed = true;
    const auto check = [&passed](bool is_so, const char* what) {
        std::cout << (is_so ? "yes: " : "NO: ") << what << '\n';
        passed = passed && is_so;
    };

    int found = 0;
    for (int i = 0; i < 100; ++i) {
        const auto key = "key " + std::to_string(i);
        const auto value = co_await look_up(session, find, key);
        found += value == "value of " + key ? 1 : 0;
    }
    check(found == 100, "each key has its value");
    check(std::ranges::none_of(cluster.requests, &testing::cluster_request::astray),
          "each request came to a node and shard that have its key");

    const auto first = cluster.owners_of("Ada").front();
    cluster.stop(first);
    cluster.requests.clear();
    const auto without = co_await look_up(session, find, "Ada");
    check(without == "value of Ada" && cluster.requests.back().node != first,
          "without one of the nodes another one is asked");

    cluster.start(first);
    co_await session.reconnect();
    cluster.requests.clear();
    for (int i = 0; i < 100; ++i)
        co_await look_up(session, find, "key " + std::to_string(i));
    check(cluster.nodes_asked().contains(first), "it is asked again when it is back");

    for (int number = 1; number <= cluster.size(); ++number)
        cluster.pause(number);
    const auto in_time = statement_options().timeout(100ms);
    const auto late = co_await cocql::as_result(session.execute(find, in_time, "Ada"));
    check(!late && late.error().is(cocql::errc::timed_out), "nobody waits for nodes that hang");
    for (int number = 1; number <= cluster.size(); ++number)
        cluster.resume(number);

    co_await session.close();
    for (int number = 1; number <= cluster.size(); ++number)
        cluster.stop(number);
    co_return passed;
}

} // namespace

int main() {
    asio::io_context context(1);
    testing::cluster_settings settings;
    settings.size = 3;
    settings.shards = 2; // ScyllaDB
    testing::scripted_cluster cluster(context, settings);
    cluster.have_keyspace(2);
    cluster.have_table(1);
    cluster.value_of = [](const std::string& key) { return "value of " + key; };
    auto passed = asio::co_spawn(context, test(cluster), asio::use_future);
    context.run();
    return passed.get() ? 0 : 1;
}
