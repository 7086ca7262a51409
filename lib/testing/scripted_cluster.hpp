#pragma once

#include "core/routing/token.hpp"
#include "testing/cluster_tables.hpp"

#include <cocql/event.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// What a node of a cluster was asked.
struct asked {
    int node;
    std::uint32_t shard;
    std::string cql;
    std::string key; ///< the first value
    /// It has a key, and then no replica of that was on this node and shard.
    bool astray = false;
    /// What it said of the tablet's version, where that is spoken; see node_request.
    std::optional<std::uint8_t> version_block = {};
};

/// How a cluster is made.
struct cluster_settings {
    int size = 1;
    std::uint32_t shards = 0; ///< 0: Cassandra
    std::optional<node_tls> tls;
    std::uint16_t port = 0; ///< 0: any that is free at all the addresses
    /// Of ScyllaDB, where the client chooses the shard by its own port. 0: any.
    std::uint16_t shard_aware_port = 0;
    int racks = 1; ///< to which the nodes belong in turn
};

/// Scripted nodes on one port at 127.0.0.1, .2 and so on, which know one another, with a keyspace
/// and a table. Each token of the ring's quarters belongs to the next one in turn. On one thread
/// with the io_context, which must outlive it.
class scripted_cluster {
  public:
    static constexpr const char* find_cql = "SELECT v FROM app.t WHERE k = ?";
    static constexpr const char* put_cql = "INSERT INTO app.t (k, v) VALUES (?, ?)";
    /// How many of all shards have a connection for requests: for clients that open them by and by
    /// and have no call that waits for it.
    static constexpr const char* connected_cql = "SELECT connected FROM app.shards";

    /// Throws boost::system::system_error when there is no port that is free at all the addresses,
    /// or the one that it is to be is not.
    scripted_cluster(boost::asio::io_context& context, cluster_settings settings);

    void add(int number);
    manners like() const;
    int size() const { return static_cast<int>(nodes.size()); }
    scripted_node& node(int number) { return *nodes[static_cast<std::size_t>(number - 1)]; }
    cluster_tables& tables_of(int number) { return tables[static_cast<std::size_t>(number - 1)]; }

    /// Every node knows every other one but those that are gone.
    void know_all();
    /// Where one was is the other from now on, as all nodes know; of connections that there are
    /// nothing changes, and nobody is told.
    void swap_places(int one, int other);
    /// By SimpleStrategy, as our own tests have it, or by NetworkTopologyStrategy, the only one
    /// that ScyllaDB has for tablets; of our racks it knows nothing.
    void have_keyspace(int replicas, bool by_data_center = false);
    /// The table has so many tablets, whose replicas are on the nodes and shards in turn. Who asks
    /// elsewhere is told. All nodes have them in system.tablets, as they are at the moment.
    void have_tablets(int count, const std::string& consistency = "eventual");
    /// The nodes offer tablets with versions by this name, as well as without. Whoever asks for
    /// them is told where a tablet is when it says another version, and only then.
    void offer_tablet_versions(const std::string& name);
    void have_table(int id);
    /// Tablets are as long as one another; each begins behind the first token and ends with the
    /// second.
    std::pair<std::int64_t, std::int64_t> stretch_of(int tablet) const;
    int tablet_of(const std::string& key) const;
    int node_of_tablet(int tablet, int replica = 0) const {
        return (tablet + moved + at(replica)) % size() + 1;
    }
    std::uint32_t shard_of_tablet(int tablet, int replica = 0) const {
        return static_cast<std::uint32_t>(tablet / size() + at(replica)) % shards;
    }
    /// Sixteen blocks, none of which is zero and each of which is another one as soon as the
    /// tablets move or are led by others; those of neighbours are others, too.
    std::uint64_t version_of(int tablet) const;
    /// Whether such a block is the version's.
    bool is_of_version(std::uint8_t block, int tablet) const;
    /// Its first replica leads.
    std::vector<std::byte> payload_of(int tablet, bool with_version = false) const;

    void tell_all(const event& happened);

    /// Sixteen for each, in turns around the ring.
    std::vector<std::string> tokens(int number) const;
    std::vector<std::int64_t> token_numbers(int number) const;
    int size_of_ring() const { return ring_size; }
    /// So many of all parts of the numbers that there are, from the least one on.
    static std::int64_t place(int part, int of_all);

    routing::token token_of(const std::string& key) const;
    /// The node whose token is the first one that is not before the key's.
    int owner_of(const std::string& key) const { return owners_of(key).front(); }
    /// The same, and the next ones around the ring: as many as the keyspace has replicas.
    std::vector<int> owners_of(const std::string& key) const;
    /// Of a table without tablets, on ScyllaDB.
    std::uint32_t owning_shard_of(const std::string& key) const;
    /// Whether a replica of what has the key is there now.
    bool is_replica(const std::string& key, int node, std::uint32_t shard) const;
    std::set<int> nodes_asked() const;
    /// How many of all shards have a connection for requests.
    int connected_shards() const;

  private:
    void offer(node_options& made, int number, std::uint16_t to) const;
    node_options with_tls(node_options made, int number) const;
    static std::vector<column> parameters_of(const std::string& cql);
    /// By its first marker.
    static bool is_of_one_partition(const std::string& cql);
    static std::vector<column> columns_of(const std::string& cql);
    node_reply description() const;
    /// The place of a replica among those of a tablet before others came to lead.
    int at(int replica) const { return (replica + led) % replicas_; }
    node_reply of_table(int number, const node_request& request) const;
    value::sequence replicas_of_tablet(int tablet) const;
    void know_tablets(cluster_tables& whose) const;

    boost::asio::io_context& context_;
    cluster_settings settings_;
    std::string strategy_;
    std::string factor_;
    int replicas_ = 1;
    int table_ = 1; ///< its id

  public:
    std::uint32_t shards;
    int tablets = 0;
    int moved = 0; ///< by so many nodes each
    int led = 0;   ///< leaders are so many replicas further
    int told = 0;  ///< answers that said where a tablet is
    std::uint32_t turn = 0;
    std::uint16_t port = 0;
    int ring_size = 3;
    std::function<std::vector<std::string>(int)> ring_tokens = [this](int number) {
        return tokens(number);
    };
    std::set<int> gone;
    std::map<int, int> places; ///< of nodes that are not at their own: whose they are at
    std::deque<cluster_tables> tables;
    std::vector<std::unique_ptr<scripted_node>> by_source;
    std::vector<std::unique_ptr<scripted_node>> nodes;
    /// What is read of the table by its key; nothing: which node was asked, or that it was found.
    std::function<std::string(const std::string& key)> value_of;
    std::function<std::optional<node_reply>(int node, const node_request&)> answer;
    std::vector<asked> requests;
};

} // namespace cocql::testing
