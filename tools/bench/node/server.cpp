#include "server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace cocql::bench {

server::server(std::chrono::microseconds poll)
    : poll_(poll), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    watch(signals_, EPOLLIN);
}

server::~server() {
    ::close(signals_);
    ::close(epoll_);
}

void server::listen(int descriptor, SSL_CTX* context, canned_node& node, bool by_client_port) {
    listeners_.emplace(descriptor, listener{context, node, by_client_port});
    watch(descriptor, EPOLLIN);
}

void server::run() {
    epoll_event events[64];
    for (;;) {
        const int count = wait(events);
        for (int i = 0; i < count; ++i) {
            const int descriptor = events[i].data.fd;
            if (descriptor == signals_)
                return;
            if (const auto found = listeners_.find(descriptor); found != listeners_.end())
                accept(descriptor, found->second);
            else
                serve(descriptor);
        }
        if (!waiting_.empty())
            serve_waiting();
    }
}

std::uint64_t server::answered() const {
    auto sum = ended_answered_;
    for (const auto& [descriptor, each] : clients_)
        sum += each.at->answered();
    return sum;
}

int server::wait(epoll_event (&events)[64]) {
    if (poll_.count() != 0) {
        const auto until = std::chrono::steady_clock::now() + poll_;
        do {
            if (const int count = ::epoll_wait(epoll_, events, 64, 0); count != 0)
                return count;
        } while (std::chrono::steady_clock::now() < until);
    }
    return ::epoll_wait(epoll_, events, 64, -1);
}

void server::watch(int descriptor, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll_, operation, descriptor, &event) != 0) {
        std::perror("bench_node: epoll_ctl");
        std::exit(1);
    }
}

void server::accept(int descriptor, const listener& at) {
    for (;;) {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const int accepted = ::accept4(descriptor, reinterpret_cast<sockaddr*>(&from), &size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0)
            return;
        const int on = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const auto shard = at.node.shard_for(ntohs(from.sin_port), at.by_client_port);
        auto made = std::make_unique<client>(accepted, at.context, at.node.opened(shard));
        clients_.emplace(accepted, entry{std::move(made), at.node, shard});
        watch(accepted, EPOLLIN);
    }
}

void server::serve(int descriptor) {
    const auto found = clients_.find(descriptor);
    if (found == clients_.end())
        return;
    auto& [at, node, shard, writing, started, waiting] = found->second;
    const bool goes_on = at->go_on();
    if (started != at->has_started()) {
        started = true;
        node.started(at->is_resumed());
    }
    if (!goes_on) {
        ended_answered_ += at->answered();
        node.closed(shard, started);
        waiting_.erase(descriptor);
        clients_.erase(found);
        return;
    }
    if (at->is_waiting() != waiting) {
        waiting = !waiting;
        if (waiting)
            waiting_.insert(descriptor);
        else
            waiting_.erase(descriptor);
    }
    if (at->wants_to_write() != writing) {
        writing = !writing;
        watch(descriptor, writing ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
}

void server::serve_waiting() {
    const auto them = waiting_;
    for (const auto each : them)
        serve(each);
}

} // namespace cocql::bench
