#pragma once

#include "node.hpp"

#include <future>
#include <thread>

namespace cocql::tests {

/// A scripted node on a thread of its own.
class node_thread {
  public:
    explicit node_thread(speech how, testing::node_options options = testing::node_options())
        : node_(context_, node_of(how, std::move(options))),
          where_(node_.where()),
          thread_([this] { context_.run(); }) {}
    ~node_thread() { stop(); }
    node_thread(const node_thread&) = delete;
    node_thread& operator=(const node_thread&) = delete;

    const endpoint& where() const noexcept { return where_; }
    /// Does something to the node on its thread, and waits for that.
    template <class Work>
    void with(Work work) {
        std::promise<void> done;
        boost::asio::post(context_, [&] {
            work(node_);
            done.set_value();
        });
        done.get_future().wait();
    }
    /// Afterwards the node may be looked at.
    testing::scripted_node& stop() {
        if (thread_.joinable()) {
            boost::asio::post(context_, [this] { node_.stop(); });
            thread_.join();
        }
        return node_;
    }

  private:
    boost::asio::io_context context_{1};
    testing::scripted_node node_;
    endpoint where_;
    std::thread thread_;
};

} // namespace cocql::tests
