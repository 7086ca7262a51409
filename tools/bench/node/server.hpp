#pragma once

#include "canned_node.hpp"
#include "client.hpp"

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <sys/epoll.h>

namespace cocql::bench {

/// The sockets and who waits on which.
class server {
  public:
    /// Looks for work for so long before it sleeps.
    explicit server(std::chrono::microseconds poll);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Takes the descriptor over; borrows the rest. `context`: null for plain. `by_client_port`: it
    /// is the node's shard-aware port.
    void listen(int descriptor, SSL_CTX* context, canned_node& node, bool by_client_port = false);
    /// Until SIGTERM or SIGINT.
    void run();
    std::uint64_t answered() const;

  private:
    struct listener {
        SSL_CTX* context;
        canned_node& node;
        bool by_client_port;
    };
    struct entry {
        std::unique_ptr<client> at;
        canned_node& node;
        std::uint32_t shard;
        bool writing = false;
        bool started = false;
        bool waiting = false; ///< for an answer that is not due
    };

    int wait(epoll_event (&events)[64]);
    void watch(int descriptor, std::uint32_t events, int operation = EPOLL_CTL_ADD);
    void accept(int descriptor, const listener& at);
    void serve(int descriptor);
    void serve_waiting();

    std::chrono::microseconds poll_;
    int epoll_;
    int signals_ = -1;
    std::map<int, listener> listeners_;
    std::map<int, entry> clients_;
    std::set<int> waiting_; ///< those of them who wait for an answer that is not due
    std::uint64_t ended_answered_ = 0;
};

} // namespace cocql::bench
