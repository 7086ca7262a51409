#pragma once

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/testing/cluster_request.hpp>
#include <cocql/testing/cluster_settings.hpp>
#include <cocql/testing/cluster_tables.hpp>
#include <cocql/testing/node_options.hpp>
#include <cocql/testing/scripted_node.hpp>
#include <cocql/value.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

class memory_world;

/// Scripted nodes on one port at 127.0.0.1, .2 and so on, which know one another, with a keyspace
/// `app` and a table `app.t (k text PRIMARY KEY, v text)`: a Cassandra, or a ScyllaDB with shards
/// and tablets, for tests of what a session does, and of an application that has one.
///
///     asio::io_context context(1);
///     cocql::testing::cluster_settings settings;
///     settings.size = 3;
///     cocql::testing::scripted_cluster cluster(context, settings);
///     auto session = co_await cocql::connect(cocql::options(cluster.node(1).where()));
///     auto find = co_await session.prepare(cluster.find_cql);
///     cluster.stop(cluster.owner_of("a key"));
///     auto page = co_await session.execute(find, "a key");
///
/// Nodes have numbers, from 1 on; node 2 is at 127.0.0.2 and its host id is id_of(2). One of
/// ScyllaDB's listens at two ports, which are two scripted nodes: at the usual one the connections
/// are given to the shards in turn, at the shard-aware one each goes to the shard that is its own
/// port modulo the shards. What a single node can be told to do, such as to be silent, to forget
/// statements or to choose shards in another way, it is told by the options of all its ports; what
/// nodes know of the cluster is in their system tables.
///
/// In memory (cluster_settings::in_memory) there is no socket, and no test waits: whatever begins a
/// session or a connection on the cluster's io_context, be it a whole program that is tested, has
/// its streams and its time from the cluster. The time moves on when nobody has anything to do, to
/// the next moment that anybody waits for. So an hour of reconnecting is over at once, a time-out
/// ends at its deadline exactly, and each run does the same in the same order. What an application
/// waits for by a timer of its own goes by the real time all the same: let it use wait_for(). The
/// io_context runs on one thread, and siblings of a session live on it, too.
///
///     settings.in_memory = true;
///     cocql::testing::scripted_cluster cluster(context, settings);
///     auto session = cluster.run(cocql::connect(cocql::options(cluster.node(1).where())));
///     cluster.kill(2);
///     cluster.run_for(std::chrono::hours(1));
///     cluster.start(2);
///
/// All is to be called on the io_context, or while that does not run. The two may be destroyed in
/// either order. After the cluster's end its functions, and those of the nodes' options, are asked
/// no more; what they throw leaves through io_context::run().
class scripted_cluster {
  public:
    static constexpr const char* find_cql = "SELECT v FROM app.t WHERE k = ?";
    static constexpr const char* put_cql = "INSERT INTO app.t (k, v) VALUES (?, ?)";
    /// How many of all shards have a connection for requests: for clients that open them by and by
    /// and have no call that waits for it.
    static constexpr const char* connected_cql = "SELECT connected FROM app.shards";

    /// Listens at once. Throws cocql::error when a file of TLS cannot be used,
    /// std::invalid_argument when there are no nodes or no racks, or more than 255 nodes, or TLS in
    /// memory, and boost::system::system_error when there is no port that is free at all the
    /// addresses, or the one that it is to be is not.
    explicit scripted_cluster(boost::asio::io_context& context,
                              cluster_settings settings = cluster_settings());
    ~scripted_cluster();
    scripted_cluster(const scripted_cluster&) = delete;
    scripted_cluster& operator=(const scripted_cluster&) = delete;

    manners like() const noexcept;
    int size() const noexcept { return static_cast<int>(nodes.size()); }
    /// A node at its usual port, its ports (ScyllaDB: that one and the shard-aware one), and its
    /// system tables. What they return is valid until the node is started again; the tables,
    /// until the cluster's end. Throw std::out_of_range when there is no such node.
    scripted_node& node(int number) { return *nodes.at(index_of(number)); }
    std::vector<scripted_node*> ports_of(int number);
    cluster_tables& tables_of(int number) { return tables.at(index_of(number)); }

    /// One more node, whose number is the next one. Others know it after know_all(). Throws as the
    /// constructor does, and then there is none more.
    void add();
    /// Closes a node's connections and takes no more of them.
    void stop(int number);
    /// The node listens again where it was, with the options that it had; what it has counted
    /// begins anew, and it knows no prepared statement. Throws as the constructor does, when its
    /// port has been taken meanwhile.
    void start(int number);
    /// The node keeps its connections, and its system takes more of them, but it reads and says
    /// nothing until it is resumed, as one that hangs, or that can no longer be reached.
    void pause(int number);
    /// All that has come meanwhile is answered.
    void resume(int number);
    /// The node takes so long over each QUERY, EXECUTE and BATCH from now on. In place of what
    /// node_options::delay said; zero: no time.
    void slow(int number, std::chrono::milliseconds by);
    /// An event goes out by every node, as it is, to those of its clients who have registered for
    /// it at the usual port. For what only some of the nodes say see scripted_node::tell().
    void tell_all(const event& happened);

    // In memory; otherwise they throw std::logic_error. The first three are to be called while the
    // io_context does not run.

    /// Runs the io_context until the work is over, and gives what that gives, or throws what it
    /// throws. Throws std::logic_error where it will not be over: nobody waits for any moment, or a
    /// day of the cluster's time has passed, or something is to be done again and again and keeps
    /// the time from passing.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        auto outcome = boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future);
        run_until([&outcome] {
            return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
        });
        return outcome.get();
    }
    /// The same until something is so, which is asked whenever nobody has anything to do.
    void run_until(const std::function<bool()>& is_so);
    /// Runs the io_context for so long, of the cluster's time.
    void run_for(std::chrono::nanoseconds time);
    /// Returns after so long.
    boost::asio::awaitable<void> wait_for(std::chrono::nanoseconds time);
    std::chrono::steady_clock::time_point now() const;
    /// Nothing comes through to the node or from it any more, be it the end of a connection, and
    /// whoever connects to it waits.
    void cut_off(int number);
    /// What was on its way arrives.
    void join(int number);
    /// As stop(), but of a node that has no time to say goodbye: its connections are reset.
    void kill(int number);
    /// A host's name, for contact points: the addresses of these nodes, in this order.
    void name(const std::string& host, const std::vector<int>& numbers);

    /// Every node knows every other one but those that are gone. To be called after a change of
    /// `gone`, `places`, `ring_size` and `ring_tokens`; replaces what tests have put into
    /// system.local and system.peers.
    void know_all();
    /// Where one was is the other from now on, as all nodes know; of connections that there are
    /// nothing changes, and nobody is told.
    void swap_places(int one, int other);
    /// By SimpleStrategy, or by NetworkTopologyStrategy, the only one that ScyllaDB has for
    /// tablets; where the cluster places its replicas it looks at no racks either way.
    void have_keyspace(int replicas, bool by_data_center = false);
    /// The table is in system_schema too, by this id (that of the node of this number, id_of()):
    /// after another id it has been made anew.
    void have_table(int id);
    /// The table has so many tablets, whose replicas are on the nodes and shards in turn. Who asks
    /// elsewhere is told. All nodes have them in system.tablets, as they are at the moment. Of
    /// ScyllaDB. Takes the place of `answer`.
    void have_tablets(int count, const std::string& consistency = "eventual");
    /// The nodes offer tablets with versions by this name, as well as without. Whoever asks for
    /// them is told where a tablet is when it says another version, and only then.
    void offer_tablet_versions(const std::string& name);

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
    /// What a client is told of a tablet, as the value of the custom payload. Its first replica
    /// leads.
    std::vector<std::byte> payload_of(int tablet, bool with_version = false) const;

    /// A node's tokens: sixteen for each, in turns around the ring.
    std::vector<std::string> tokens(int number) const;
    std::vector<std::int64_t> token_numbers(int number) const;
    /// So many of all parts of the numbers that there are, from the least one on.
    static std::int64_t place(int part, int of_all);

    /// By Murmur3, of a partition key that is one text.
    std::int64_t token_of(const std::string& key) const;
    /// The node whose token is the first one that is not before the key's.
    int owner_of(const std::string& key) const { return owners_of(key).front(); }
    /// The same, and the next ones around the ring: as many as the keyspace has replicas.
    std::vector<int> owners_of(const std::string& key) const;
    /// Of a table without tablets, on ScyllaDB.
    std::uint32_t owning_shard_of(const std::string& key) const;
    /// Whether a replica of what has the key is there now.
    bool is_replica(const std::string& key, int node, std::uint32_t shard) const;
    /// Those that `requests` have come to.
    std::set<int> nodes_asked() const;
    /// How many of all shards have a connection for requests.
    int connected_shards() const;

    // What is true of the cluster at the moment; may be changed while it runs.

    std::uint32_t shards;   ///< of each node
    int tablets = 0;        ///< 0: the table has none
    int moved = 0;          ///< tablets are by so many nodes further than they were at first
    int led = 0;            ///< leaders of tablets are by so many replicas further
    int told = 0;           ///< answers that said where a tablet is
    std::uint16_t port = 0; ///< the usual one, of all nodes
    /// Among so many nodes the tokens are shared out; the next ones after them have the same tokens
    /// again.
    int ring_size;
    /// What tokens nodes say that they have, by their numbers; none: that is a node without data.
    std::function<std::vector<std::string>(int)> ring_tokens = [this](int number) {
        return tokens(number);
    };
    std::set<int> gone;        ///< nodes that the others do not know
    std::map<int, int> places; ///< of nodes that are not at their own: whose they are at
    /// By the nodes' numbers, from 1 on: their tables; their shard-aware ports, where they have
    /// such; themselves at their usual ports.
    std::deque<cluster_tables> tables;
    std::vector<std::unique_ptr<scripted_node>> by_source;
    std::vector<std::unique_ptr<scripted_node>> nodes;
    /// What is read of the table by its key; not set: which node was asked, or that it was found.
    std::function<std::string(const std::string& key)> value_of;
    /// Asked first for each QUERY, EXECUTE and BATCH that is not for system tables, the last of
    /// `requests`; nothing: what the table has.
    std::function<std::optional<node_reply>(int node, const node_request&)> answer;
    /// Those, in the order in which they came; to be cleared as a test likes.
    std::vector<cluster_request> requests;

  private:
    static std::size_t index_of(int number) { return static_cast<std::size_t>(number) - 1; }
    void listen(int number, cluster_tables& known);
    void offer(node_options& made, int number, std::uint16_t to) const;
    node_options with_tls(node_options made, int number) const;
    static std::vector<column> parameters_of(const std::string& cql);
    /// By its first marker.
    static bool is_of_one_partition(const std::string& cql);
    static std::vector<column> columns_of(const std::string& cql);
    node_reply description() const;
    std::unique_ptr<scripted_node> make_node(node_options how) const;
    memory_world& in_memory() const;
    /// The place of a replica among those of a tablet before others came to lead.
    int at(int replica) const { return (replica + led) % replicas_; }
    node_reply of_table(int number, const node_request& request) const;
    value::sequence replicas_of_tablet(int tablet) const;
    void know_tablets(cluster_tables& whose) const;

    /// Not to be touched but where nodes are made, and where it is run.
    boost::asio::io_context& context_;
    cluster_settings settings_;
    const std::shared_ptr<memory_world> world_; ///< null where there are sockets
    std::string strategy_;
    std::string factor_;
    int replicas_ = 1;
    int table_ = 1; ///< its id
    std::uint32_t turn_ = 0;
};

} // namespace cocql::testing
