#pragma once

#include "canned_answers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cocql::bench {

/// A node as its sockets see it: what its shards answer, and how many connections lead to each. One
/// that has no shards is one.
class canned_node {
  public:
    /// Borrowed; at least one, none null.
    explicit canned_node(std::vector<canned_answers*> shards)
        : shards_(std::move(shards)), open_(shards_.size()) {}

    /// At the shard-aware port the client's own port says which; at the usual one it is one to
    /// which no other has fewer connections, as ScyllaDB chooses where nothing else is said.
    std::uint32_t shard_for(std::uint16_t client_port, bool by_client_port) const {
        if (by_client_port)
            return client_port % static_cast<std::uint32_t>(shards_.size());
        return static_cast<std::uint32_t>(std::min_element(open_.begin(), open_.end()) -
                                          open_.begin());
    }
    canned_answers& opened(std::uint32_t shard) {
        ++open_[shard];
        ++accepted_;
        return *shards_[shard];
    }
    /// A connection has said STARTUP. `resumed`: over TLS, and it went on with an earlier session.
    void started(bool resumed) {
        ++started_;
        ++(resumed ? resumed_ : full_);
    }
    /// `started`: it had been.
    void closed(std::uint32_t shard, bool started) {
        --open_[shard];
        started_ -= started ? 1 : 0;
    }

    std::size_t open() const {
        std::size_t sum = 0;
        for (const auto each : open_)
            sum += each;
        return sum;
    }
    std::size_t accepted() const { return accepted_; }
    /// Of those that are open.
    std::size_t started() const { return started_; }
    /// Of all that there were: with a handshake of their own (plain ones count here), and with one
    /// that went on.
    std::size_t full() const { return full_; }
    std::size_t resumed() const { return resumed_; }

  private:
    std::vector<canned_answers*> shards_;
    std::vector<std::size_t> open_;
    std::size_t accepted_ = 0;
    std::size_t started_ = 0;
    std::size_t full_ = 0;
    std::size_t resumed_ = 0;
};

} // namespace cocql::bench
