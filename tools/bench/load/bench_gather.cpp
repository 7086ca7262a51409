// Sessions of cocql, one after another, each from nothing until it has all its connections.
//
//   bench_gather ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE]
//
// The nodes are those of bench_node, and say when there are so many connections. Prints one line of
// JSON: the milliseconds that each session took, and of these those of this program's CPU.

#include <cocql/cocql.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace {

namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;

/// What was asked for on the command line.
struct task {
    std::string address;
    std::uint16_t port = 0;
    std::string connections;
    std::size_t sessions = 0;
    std::string authority;

    cocql::options options() const {
        cocql::options how(cocql::endpoint(address, port));
        cocql::connection_options of_connection;
        of_connection.version(cocql::protocol_version::v4, true);
        if (!authority.empty())
            of_connection.tls(cocql::tls_options().ca_file(authority));
        how.connection(of_connection);
        return how;
    }
};

/// By session, in milliseconds.
struct figures {
    std::vector<double> wall;
    std::vector<double> cpu;
};

double cpu_milliseconds() {
    rusage now{};
    getrusage(RUSAGE_SELF, &now);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return of(now.ru_utime) + of(now.ru_stime);
}

asio::awaitable<void> gather(const task& what, figures& into) {
    const auto all_are_there =
        "SELECT connections FROM bench.cluster WHERE connections >= " + what.connections;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < what.sessions; ++i) {
        const auto cpu = cpu_milliseconds();
        const auto begin = clock_type::now();
        auto session = co_await cocql::connect(what.options());
        co_await session.query(all_are_there);
        const std::chrono::duration<double, std::milli> wall = clock_type::now() - begin;
        into.wall.push_back(wall.count());
        into.cpu.push_back(cpu_milliseconds() - cpu);
        co_await session.close();
        // The nodes are to have seen the last of it. The other clients rest as long.
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void print(const char* name, const std::vector<double>& values, const char* behind) {
    std::printf("\"%s\": [", name);
    for (std::size_t i = 0; i < values.size(); ++i)
        std::printf("%s%.3f", i == 0 ? "" : ", ", values[i]);
    std::printf("]%s", behind);
}

} // namespace

int main(int count, char** words) {
    constexpr std::string_view of_authority = "ca=";
    task what;
    if (count == 6 && std::string_view(words[5]).starts_with(of_authority))
        what.authority = words[5] + of_authority.size();
    else if (count != 5) {
        std::cerr << "usage: bench_gather ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE]\n";
        return 2;
    }
    what.address = words[1];
    what.port = static_cast<std::uint16_t>(std::strtoul(words[2], nullptr, 10));
    what.connections = words[3];
    what.sessions = std::strtoul(words[4], nullptr, 10);
    asio::io_context context(1);
    figures taken;
    std::exception_ptr failure;
    asio::co_spawn(context, gather(what, taken),
                   [&failure](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    try {
        if (failure)
            std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
        std::cerr << "bench_gather: " << thrown.what() << '\n';
        return 1;
    }
    std::printf("{");
    print("ms", taken.wall, ", ");
    print("cpu_ms", taken.cpu, "}\n");
    return 0;
}
