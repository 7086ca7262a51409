// A user's test of what a program does in hours of trouble: it takes no time, opens no socket, and
// is the same in each run.
#include <cocql/cocql.hpp>
#include <cocql/session.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace testing = cocql::testing;
using namespace std::chrono_literals;

namespace {

/// What is tested: a program that reads something once a minute, as long as it is told to, and
/// counts how often it has found it. It connects by itself, wherever its configuration says.
asio::awaitable<int> watch(testing::scripted_cluster& time, std::string where, int minutes) {
    auto session = co_await cocql::connect(cocql::options(where));
    const auto find = co_await session.prepare("SELECT v FROM app.t WHERE k = ?");
    const auto how = cocql::statement_options().idempotent().timeout(2s);
    int found = 0;
    for (int minute = 0; minute < minutes; ++minute) {
        const auto page = co_await cocql::as_result(session.execute(find, how, "Ada"));
        found += page.has_value() && !page->empty() ? 1 : 0;
        co_await time.wait_for(1min);
    }
    co_await session.close();
    co_return found;
}

} // namespace

int main() {
    asio::io_context context(1);
    testing::cluster_settings settings;
    settings.size = 3;
    settings.in_memory = true;
    testing::scripted_cluster cluster(context, settings);
    cluster.name("db.example", {1, 2, 3});
    bool passed = true;
    const auto check = [&passed](bool is_so, const char* what) {
        std::cout << (is_so ? "yes: " : "NO: ") << what << '\n';
        passed = passed && is_so;
    };

    const auto begun = cluster.now();
    check(cluster.run(watch(cluster, "db.example", 180)) == 180, "it finds it for three hours");
    check(cluster.now() - begun == 3h, "which have passed, to the moment");

    const int first = cluster.owner_of("Ada");
    cluster.cut_off(first);
    check(cluster.run(watch(cluster, "db.example", 60)) == 60,
          "it finds it while one node cannot be reached");
    cluster.join(first);

    for (int number = 1; number <= cluster.size(); ++number)
        cluster.slow(number, 3s);
    check(cluster.run(watch(cluster, "db.example", 10)) == 0, "it does not wait for slow nodes");
    return passed ? 0 : 1;
}
