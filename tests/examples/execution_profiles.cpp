// Two kinds of statements of one service: quick ones for its users, and reports that may take long.
// When the cluster is in trouble the reports are cut short, while all goes on.
#include <cocql/cocql.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <iostream>
#include <span>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using cocql::execution_profile;
using cocql::request_route;
using cocql::statement_options;

namespace {

asio::awaitable<int> run(std::string node) {
    cocql::options how(node);
    how.execution_profile(
        execution_profile().consistency(cocql::consistency::local_quorum).timeout(2s));
    how.execution_profile("reports",
                          execution_profile().consistency(cocql::consistency::one).timeout(60s));
    auto session = co_await cocql::connect(how);
    co_await session.ready();
    const auto find = co_await session.prepare("SELECT v FROM app.t WHERE k = ?");
    const auto reports = statement_options().execution_profile("reports");

    int found = 0;
    const auto quick = co_await session.execute(find, "Ada");
    for (const auto [text] : quick.rows<std::string>())
        found += text == "value of Ada" ? 1 : 0;
    const auto slow = co_await session.execute(find, reports, "Grace");
    for (const auto [text] : slow.rows<std::string>())
        found += text == "value of Grace" ? 1 : 0;

    // From now on a report has no time at all; what is under way is not disturbed.
    co_await session.replace_execution_profile("reports", execution_profile().timeout(0s));
    const auto late = co_await cocql::as_result(session.execute(find, reports, "Grace"));
    std::cout << (late ? "not late?" : late.error().what()) << '\n';

    // One that was misspelled is not taken for the default one.
    const auto wrong = statement_options().execution_profile("report");
    const auto unknown = co_await cocql::as_result(session.execute(find, wrong, "Grace"));
    std::cout << (unknown ? "not refused?" : unknown.error().what()) << '\n';

    // What each node says of itself, and each shard of one.
    const auto hosts = co_await session.hosts();
    int asked = 0;
    for (const auto& host : hosts)
        for (std::uint32_t shard = 0; shard < host.shards; ++shard) {
            const auto there = statement_options().route(request_route::to_shard(host.id, shard));
            co_await session.execute(find, there, "Ada");
            ++asked;
        }
    const auto nowhere = statement_options().route(request_route::to_host(cocql::uuid()));
    const auto nobody = co_await cocql::as_result(session.execute(find, nowhere, "Ada"));
    std::cout << (nobody ? "somebody?" : nobody.error().what()) << '\n';

    co_await session.close();
    std::cout << found << " found, " << asked << " shards asked\n";
    const bool all = found == 2 && asked == 6 && !late && !unknown && !nobody;
    co_return all ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 2) {
        std::cerr << "usage: execution_profiles HOST:PORT\n";
        return 2;
    }
    asio::io_context context(1);
    auto done = asio::co_spawn(context, run(arguments[1]), asio::use_future);
    context.run();
    return done.get();
}
