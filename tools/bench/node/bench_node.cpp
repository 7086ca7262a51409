// A node for benchmarks: answers CQL v3 and v4 from memory, on one thread, so that a client beside
// it is what is measured.
//
//   bench_node ADDRESS PORT [TLS_PORT CERTIFICATE KEY] [poll=MICROSECONDS]
//
// With poll= it looks for work for so long before it sleeps, as ScyllaDB's reactor does for 200 µs
// (--idle-poll-time-us), so that a client that waits for one answer does not measure how long the
// kernel takes to wake the node.
// Prints "ready" when it listens; ends on SIGTERM or SIGINT and prints how much it answered.

#include "client.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace cocql::bench;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int listen_on(const std::string& address, std::uint16_t port) {
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
    if (descriptor < 0 ||
        ::bind(descriptor, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(descriptor, 4096) != 0)
        fail("bench_node: cannot listen");
    return descriptor;
}

/// Which it became, where any was asked for.
unsigned port_of(int descriptor) {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&where), &size) != 0)
        fail("bench_node: no port");
    return ntohs(where.sin_port);
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

/// The sockets and who waits on which.
class server {
  public:
    server(const canned_answers& answers, std::chrono::microseconds poll)
        : answers_(answers), poll_(poll), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        signals_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
        watch(signals_, EPOLLIN);
    }
    ~server() {
        ::close(signals_);
        ::close(epoll_);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    void listen(int descriptor, SSL_CTX* context) {
        listeners_[descriptor] = context;
        watch(descriptor, EPOLLIN);
    }

    void run() {
        epoll_event events[64];
        for (;;) {
            const int count = wait(events);
            for (int i = 0; i < count; ++i) {
                const int descriptor = events[i].data.fd;
                if (descriptor == signals_)
                    return;
                if (const auto listener = listeners_.find(descriptor); listener != listeners_.end())
                    accept(listener->first, listener->second);
                else
                    serve(descriptor);
            }
        }
    }

    std::uint64_t answered() const {
        auto sum = ended_answered_;
        for (const auto& [descriptor, each] : clients_)
            sum += each.at->answered();
        return sum;
    }

  private:
    int wait(epoll_event (&events)[64]) {
        if (poll_.count() != 0) {
            const auto until = std::chrono::steady_clock::now() + poll_;
            do {
                if (const int count = ::epoll_wait(epoll_, events, 64, 0); count != 0)
                    return count;
            } while (std::chrono::steady_clock::now() < until);
        }
        return ::epoll_wait(epoll_, events, 64, -1);
    }

    struct entry {
        std::unique_ptr<client> at;
        bool writing = false;
    };

    void watch(int descriptor, std::uint32_t events, int operation = EPOLL_CTL_ADD) {
        epoll_event event{};
        event.events = events;
        event.data.fd = descriptor;
        if (::epoll_ctl(epoll_, operation, descriptor, &event) != 0)
            fail("bench_node: epoll_ctl");
    }

    void accept(int listener, SSL_CTX* context) {
        for (;;) {
            const int descriptor =
                ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0)
                return;
            const int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            clients_[descriptor].at = std::make_unique<client>(descriptor, context, answers_);
            watch(descriptor, EPOLLIN);
        }
    }

    void serve(int descriptor) {
        const auto found = clients_.find(descriptor);
        if (found == clients_.end())
            return;
        auto& [at, writing] = found->second;
        if (!at->go_on()) {
            ended_answered_ += at->answered();
            clients_.erase(found);
            return;
        }
        if (at->wants_to_write() != writing) {
            writing = !writing;
            watch(descriptor, writing ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
        }
    }

    const canned_answers& answers_;
    std::chrono::microseconds poll_;
    int epoll_;
    int signals_ = -1;
    std::map<int, SSL_CTX*> listeners_;
    std::map<int, entry> clients_;
    std::uint64_t ended_answered_ = 0;
};

} // namespace

int main(int count, char** arguments) {
    std::chrono::microseconds poll{};
    if (count > 3 && std::string_view(arguments[count - 1]).starts_with("poll="))
        poll = std::chrono::microseconds(std::atoi(arguments[--count] + 5));
    if (count != 3 && count != 6) {
        std::fputs("usage: bench_node ADDRESS PORT [TLS_PORT CERTIFICATE KEY] "
                   "[poll=MICROSECONDS]\n"
                   "PORT 0 is any that is free; \"ready PORT TLS_PORT\" tells which.\n",
                   stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const std::string address = arguments[1];
    const auto listen_at = [&](const char* port) {
        return listen_on(address, static_cast<std::uint16_t>(std::atoi(port)));
    };
    const int plain = listen_at(arguments[2]);
    const canned_answers answers(address, static_cast<std::uint16_t>(port_of(plain)));
    std::unique_ptr<SSL_CTX, ssl_deleter> context;
    server serving(answers, poll);
    serving.listen(plain, nullptr);
    if (count == 6) {
        context = context_of(arguments[4], arguments[5]);
        const int tls = listen_at(arguments[3]);
        serving.listen(tls, context.get());
        std::printf("ready %u %u\n", port_of(plain), port_of(tls));
    } else {
        std::printf("ready %u\n", port_of(plain));
    }
    std::fflush(stdout);
    serving.run();
    std::printf("answered %llu\n", static_cast<unsigned long long>(serving.answered()));
}
