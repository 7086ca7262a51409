// bench_schema ADDRESS PORT: connects a session, which reads the whole schema, and prints what that
// took and what is held after it: see tools/bench/schema/run.

#include <cocql/cocql.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <malloc.h>
#include <string>

namespace {

double cpu_milliseconds() {
    return static_cast<double>(std::clock()) * 1000 / CLOCKS_PER_SEC;
}

std::size_t held() {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/// What has been read, to be compared with what others have.
std::string counts(const cocql::cluster_metadata& known) {
    std::size_t tables = 0;
    std::size_t views = 0;
    std::size_t indexes = 0;
    std::size_t types = 0;
    std::size_t columns = 0;
    for (const auto keyspace : known.keyspaces()) {
        types += known.types(keyspace).size();
        for (const auto& [name, each] : known.tables(keyspace)) {
            ++(each.is_view() ? views : tables);
            indexes += each.indexes.size();
            columns += each.columns.size();
        }
    }
    return "\"tables\": " + std::to_string(tables) + ", \"views\": " + std::to_string(views) +
           ", \"indexes\": " + std::to_string(indexes) +
           ", \"user_types\": " + std::to_string(types) +
           ", \"columns\": " + std::to_string(columns);
}

boost::asio::awaitable<void> measure(std::string where) {
    const auto held_before = held();
    const auto cpu_before = cpu_milliseconds();
    const auto before = std::chrono::steady_clock::now();
    auto session = co_await cocql::connect(cocql::options(where));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - before;
    const auto cpu = cpu_milliseconds() - cpu_before;
    co_await session.ready();
    const auto held_after = held();
    const auto known = co_await session.metadata();
    std::printf("{\"wall_ms\": %.1f, \"cpu_ms\": %.1f, \"held_kib\": %zu, %s}\n", took.count(), cpu,
                (held_after - held_before) / 1024, counts(known).c_str());
    co_await session.close();
}

} // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::cerr << "usage: bench_schema ADDRESS PORT\n";
        return 2;
    }
    boost::asio::io_context context(1);
    int status = 0;
    boost::asio::co_spawn(context, measure(std::string(words[1]) + ":" + words[2]),
                          [&](const std::exception_ptr& thrown) {
                              try {
                                  if (thrown)
                                      std::rethrow_exception(thrown);
                              } catch (const std::exception& why) {
                                  std::cerr << "bench_schema: " << why.what() << "\n";
                                  status = 1;
                              }
                          });
    context.run();
    return status;
}
