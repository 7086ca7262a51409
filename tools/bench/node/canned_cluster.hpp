#pragma once

#include "canned_answers.hpp"
#include "canned_node.hpp"
#include "cluster_shard.hpp"
#include "request_counter.hpp"
#include "shard_ring.hpp"
#include "statement_texts.hpp"

#include <cocql/testing/cluster_tables.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace cocql::bench {

/// Nodes with shards, in ScyllaDB's manner, at addresses that follow one another. They have one
/// keyspace, of one replica, with one table: who does not send a key to its own node and shard
/// sends it astray, and is seen to.
class canned_cluster {
  public:
    /// Of the shard-aware ports. 0: there is none over TLS.
    struct shard_aware_ports {
        std::uint16_t plain = 0;
        std::uint16_t tls = 0;
    };

    /// The first node is at 127.0.0.`first`, and the last at 127.0.0.255 at most. At least one node
    /// of one shard.
    canned_cluster(std::uint8_t first, std::uint32_t nodes, std::uint32_t shards);
    canned_cluster(const canned_cluster&) = delete;
    canned_cluster& operator=(const canned_cluster&) = delete;

    /// To be told before anybody asks.
    shard_aware_ports& ports_of(std::uint32_t node) { return ports_[node]; }
    const shard_aware_ports& ports_of(std::uint32_t node) const { return ports_[node]; }

    const shard_ring& ring() const noexcept { return ring_; }
    std::string address_of(std::uint32_t node) const;
    canned_node& node(std::uint32_t number) { return nodes_[number]; }
    const testing::cluster_tables& tables_of(std::uint32_t node) const { return tables_[node]; }
    /// That are open now.
    std::size_t connections() const;
    /// Of these, which have said STARTUP.
    std::size_t started() const;
    /// A client has all the connections that it waited for.
    void note_gathering();
    /// One line of JSON: how many requests of keys came, how many of them belong to other nodes
    /// than those that they came to, and how many to other shards of the same node; how many
    /// connections were accepted, and the requests of each shard; and each time that a client had
    /// all its connections how many were accepted since the last time, and started with full
    /// handshakes and with resumed ones.
    std::string report() const;

  private:
    int number_of(std::uint32_t node) const { return static_cast<int>(node) + 1; }
    struct counts {
        std::size_t accepted = 0;
        std::size_t full = 0;
        std::size_t resumed = 0;
    };
    counts counted() const;
    void know_all();
    void have_table();

    std::uint8_t first_;
    shard_ring ring_;
    statement_texts texts_;
    std::vector<shard_aware_ports> ports_;
    std::vector<counts> gatherings_; ///< what had been counted
    // By node.
    std::deque<testing::cluster_tables> tables_;
    std::deque<canned_node> nodes_;
    // By node, and then by shard.
    std::deque<cluster_shard> descriptions_;
    std::deque<request_counter> counters_;
    std::deque<canned_answers> answers_;
};

} // namespace cocql::bench
