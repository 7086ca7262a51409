#pragma once

#include "cluster.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

namespace cocql::tests {

/// A scripted cluster on a thread of its own, where nobody else looks at it.
class cluster_thread {
  public:
    /// `prepare` says how it answers, before it runs.
    cluster_thread(int size, std::uint32_t shards, speech how,
                   const std::function<void(session_cluster&)>& prepare)
        : cluster_(size, shards, how) {
        prepare(cluster_);
        guard_.emplace(cluster_.context.get_executor());
        thread_ = std::thread([this] { cluster_.context.run(); });
    }
    ~cluster_thread() {
        boost::asio::post(cluster_.context, [this] {
            for (auto* const all : {&cluster_.nodes, &cluster_.by_source})
                for (const auto& each : *all)
                    each->stop();
            guard_.reset();
        });
        thread_.join();
    }
    cluster_thread(const cluster_thread&) = delete;
    cluster_thread& operator=(const cluster_thread&) = delete;

    const cocql::options& options() const { return cluster_.options; }

  private:
    using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    session_cluster cluster_;
    std::optional<guard> guard_;
    std::thread thread_;
};

/// A session that has all its connections.
inline boost::asio::awaitable<session> ready_session(options how) {
    auto made = co_await connect(std::move(how));
    co_await made.ready();
    co_return made;
}

} // namespace cocql::tests
