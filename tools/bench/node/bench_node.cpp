// A node for benchmarks: answers CQL v3 and v4 from memory, on one thread, so that a client beside
// it is what is measured.
//
//   bench_node ADDRESS PORT [TLS_PORT CERTIFICATE KEY] [poll=MICROSECONDS] [nodes=N shards=N]
//
// With poll= it looks for work for so long before it sleeps, as ScyllaDB's reactor does for 200 µs
// (--idle-poll-time-us), so that a client that waits for one answer does not measure how long the
// kernel takes to wake the node.
// With nodes= and shards= it is so many nodes with so many shards each, as ScyllaDB has them, at
// ADDRESS (127.0.0.1, say) and those that follow it, all on that same thread; the ports are those
// of each node. At its end it prints what came to which shard and what went astray, as JSON, and
// what the connections took that a client waited for (cluster_shard::connections_cql).
// TLS is 1.3 where the client knows it, with two tickets behind each handshake, as ScyllaDB gives
// them; they are of use at their own node. Prints "ready" when it listens; ends on SIGTERM or
// SIGINT and prints how much it answered.

#include "canned_cluster.hpp"
#include "lone_node.hpp"
#include "server.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace cocql::bench;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// What was asked for on the command line.
struct task {
    std::string address;
    std::uint16_t port = 0;
    std::uint16_t tls_port = 0;
    const char* certificate = nullptr; ///< null: no TLS
    const char* key = nullptr;
    std::chrono::microseconds poll{};
    std::uint32_t nodes = 0; ///< 0: one, and without shards
    std::uint32_t shards = 0;
};

int usage() {
    std::fputs("usage: bench_node ADDRESS PORT [TLS_PORT CERTIFICATE KEY] [poll=MICROSECONDS] "
               "[nodes=N shards=N]\n"
               "PORT 0 is any that is free; \"ready PORT TLS_PORT\" tells which. Nodes with shards "
               "are at\n"
               "ADDRESS, which is 127.0.0.1 or such a one, and those that follow it.\n",
               stderr);
    return 2;
}

template <class Number>
bool read(std::string_view text, Number& into) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool read_word(std::string_view word, task& into) {
    unsigned poll = 0;
    if (word.starts_with("nodes="))
        return read(word.substr(6), into.nodes);
    if (word.starts_with("shards="))
        return read(word.substr(7), into.shards);
    if (!word.starts_with("poll=") || !read(word.substr(5), poll))
        return false;
    into.poll = std::chrono::microseconds(poll);
    return true;
}

std::optional<task> read_arguments(int count, char** arguments) {
    task asked;
    int places = count; // behind the last that is told by its place
    while (places > 1 && std::strchr(arguments[places - 1], '=') != nullptr)
        if (!read_word(arguments[--places], asked))
            return std::nullopt;
    if ((places != 3 && places != 6) || !read(std::string_view(arguments[2]), asked.port))
        return std::nullopt;
    asked.address = arguments[1];
    if (places == 6) {
        if (!read(std::string_view(arguments[3]), asked.tls_port))
            return std::nullopt;
        asked.certificate = arguments[4];
        asked.key = arguments[5];
    }
    constexpr std::uint32_t most_nodes = 254;
    constexpr std::uint32_t most_shards = 256;
    if ((asked.nodes == 0) != (asked.shards == 0) || asked.nodes > most_nodes ||
        asked.shards > most_shards)
        return std::nullopt;
    return asked;
}

/// Nothing: somebody else has the port.
std::optional<int> try_listen_on(const std::string& address, std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) {
        std::fprintf(stderr, "bench_node: %s is not an IPv4 address\n", address.c_str());
        std::exit(2);
    }
    if (descriptor >= 0 &&
        ::bind(descriptor, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0 &&
        ::listen(descriptor, 4096) == 0)
        return descriptor;
    if (descriptor < 0 || errno != EADDRINUSE)
        fail("bench_node: cannot listen");
    ::close(descriptor);
    return std::nullopt;
}

/// Which it became, where any was asked for.
std::uint16_t port_of(int descriptor) {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&where), &size) != 0)
        fail("bench_node: no port");
    return ntohs(where.sin_port);
}

/// At each of the addresses, on one port. What is free at the first need not be so at all of them.
std::vector<int> listen_on(const std::vector<std::string>& addresses, std::uint16_t port) {
    constexpr int most_attempts = 10;
    for (int attempt = 0; attempt < (port == 0 ? most_attempts : 1); ++attempt) {
        std::vector<int> listening;
        for (const auto& each : addresses)
            if (const auto descriptor =
                    try_listen_on(each, listening.empty() ? port : port_of(listening.front())))
                listening.push_back(*descriptor);
            else
                break;
        if (listening.size() == addresses.size())
            return listening;
        for (const auto each : listening)
            ::close(each);
    }
    std::fputs("bench_node: cannot listen: the port is not free\n", stderr);
    std::exit(1);
}

std::unique_ptr<SSL_CTX, ssl_deleter> context_of(const char* certificate, const char* key) {
    std::unique_ptr<SSL_CTX, ssl_deleter> context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) != 1) {
        std::fprintf(stderr, "bench_node: cannot use %s and %s\n", certificate, key);
        std::exit(1);
    }
    return context;
}

void say_ready(int plain, std::optional<int> tls) {
    if (tls)
        std::printf("ready %u %u\n", port_of(plain), port_of(*tls));
    else
        std::printf("ready %u\n", port_of(plain));
    std::fflush(stdout);
}

void run(server& serving) {
    serving.run();
    std::printf("answered %llu\n", static_cast<unsigned long long>(serving.answered()));
}

void serve_one(const task& asked, SSL_CTX* context) {
    const std::vector<std::string> address{asked.address};
    const int plain = listen_on(address, asked.port).front();
    lone_node description(asked.address, port_of(plain));
    statement_texts texts;
    canned_answers answers(description, texts, nullptr);
    canned_node node({&answers});
    server serving(asked.poll);
    serving.listen(plain, nullptr, node);
    std::optional<int> tls;
    if (context != nullptr) {
        tls = listen_on(address, asked.tls_port).front();
        serving.listen(*tls, context, node);
    }
    say_ready(plain, tls);
    run(serving);
}

/// The shard-aware ports of one node.
void listen_by_client_port(server& serving, canned_cluster& cluster, std::uint32_t node,
                           SSL_CTX* context) {
    const std::vector<std::string> address{cluster.address_of(node)};
    const int plain = listen_on(address, 0).front();
    serving.listen(plain, nullptr, cluster.node(node), true);
    cluster.ports_of(node).plain = port_of(plain);
    if (context == nullptr)
        return;
    const int tls = listen_on(address, 0).front();
    serving.listen(tls, context, cluster.node(node), true);
    cluster.ports_of(node).tls = port_of(tls);
}

int serve_cluster(const task& asked) {
    constexpr std::string_view network = "127.0.0.";
    std::uint8_t first = 0;
    if (!asked.address.starts_with(network) ||
        !read(std::string_view(asked.address).substr(network.size()), first) ||
        first + asked.nodes > 255)
        return usage();
    canned_cluster cluster(first, asked.nodes, asked.shards);
    std::vector<std::string> addresses;
    for (std::uint32_t node = 0; node < asked.nodes; ++node)
        addresses.push_back(cluster.address_of(node));
    server serving(asked.poll);
    const auto plain = listen_on(addresses, asked.port);
    std::vector<int> tls;
    // Each node has keys of its own for its tickets.
    std::vector<std::unique_ptr<SSL_CTX, ssl_deleter>> contexts(asked.nodes);
    if (asked.certificate != nullptr)
        tls = listen_on(addresses, asked.tls_port);
    for (std::uint32_t node = 0; node < asked.nodes; ++node) {
        serving.listen(plain[node], nullptr, cluster.node(node));
        if (asked.certificate != nullptr) {
            contexts[node] = context_of(asked.certificate, asked.key);
            serving.listen(tls[node], contexts[node].get(), cluster.node(node));
        }
        listen_by_client_port(serving, cluster, node, contexts[node].get());
    }
    say_ready(plain.front(), tls.empty() ? std::nullopt : std::optional(tls.front()));
    run(serving);
    std::printf("%s\n", cluster.report().c_str());
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    const auto asked = read_arguments(count, arguments);
    if (!asked)
        return usage();
    std::signal(SIGPIPE, SIG_IGN);
    if (asked->nodes != 0)
        return serve_cluster(*asked);
    std::unique_ptr<SSL_CTX, ssl_deleter> context;
    if (asked->certificate != nullptr)
        context = context_of(asked->certificate, asked->key);
    serve_one(*asked, context.get());
    return 0;
}
