// A session whose requests go by a policy of the application's own, and one kind of them by the
// session's.
#include "quickest_first.hpp"

#include <cocql/cocql.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>
#include <memory>
#include <span>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<int> run(std::string node) {
    const auto quickest = std::make_shared<quickest_first>();
    cocql::options how(node);
    how.load_balancing_policy(quickest);
    how.execution_profile("evenly", cocql::execution_profile().load_balancing_policy(nullptr));
    auto session = co_await cocql::connect(how);
    co_await session.ready();
    const auto find = co_await session.prepare("SELECT v FROM app.t WHERE k = ?");
    int found = 0;
    for (const std::string key : {"Ada", "Grace", "Edsger", "Barbara"}) {
        const auto page = co_await session.execute(find, key);
        for (const auto [text] : page.rows<std::string>())
            found += text == "value of " + key ? 1 : 0;
    }
    const auto evenly = cocql::statement_options().execution_profile("evenly");
    co_await session.execute(find, evenly, "Ada");

    const auto hosts = co_await session.hosts();
    int known = 0;
    for (const auto& host : hosts) {
        const auto took = quickest->latency_of(host.id);
        known += took.count() != 0 ? 1 : 0;
        std::cout << host.where << ": " << took.count() << " ns\n";
    }
    co_await session.close();
    std::cout << found << " found, " << known << " nodes asked\n";
    co_return found == 4 && known != 0 ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 2) {
        std::cerr << "usage: quickest_first HOST:PORT\n";
        return 2;
    }
    asio::io_context context(1);
    auto done = asio::co_spawn(context, run(arguments[1]), asio::use_future);
    context.run();
    return done.get();
}
