#pragma once

#include <cocql/address_translator.hpp>
#include <cocql/connection_options.hpp>
#include <cocql/endpoint.hpp>
#include <cocql/error.hpp>
#include <cocql/execution_profile.hpp>
#include <cocql/host_info.hpp>
#include <cocql/latency_awareness.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/metadata_listener.hpp>
#include <cocql/request_observer.hpp>
#include <cocql/time_limit.hpp>
#include <cocql/tls_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cocql {

/// Where a session finds its cluster, and what it is to be like.
///
///     auto session = co_await cocql::connect(
///         cocql::options("node1.example", "node2.example:9142").tls().login("app", secret));
class options {
    // A text is one with a port and so on, however it is held: a std::string is not to become an
    // endpoint by itself, whose host it would be.
    template <class T>
    static constexpr bool is_contact_point =
        std::is_same_v<T, endpoint> || std::is_convertible_v<const T&, std::string_view>;

  public:
    /// Where the cluster is looked for: hosts, with or without ports (9042, with TLS too), as
    /// endpoint::parse() reads them, or endpoints. One is enough if it can be reached; the others
    /// are learned from it. One that cannot be read makes connect() fail with
    /// errc::invalid_argument, whatever the others are.
    ///
    /// A UNIX socket (an absolute path) is the only one, else errc::bad_configuration: the node
    /// there is all of the cluster that the session knows and sends to. Neither TLS nor an address
    /// translator has a part in that.
    template <class First, class... More>
    requires(is_contact_point<First> &&
             (is_contact_point<More> && ...)) explicit options(const First& first,
                                                               const More&... more) {
        contact_point(first);
        (contact_point(more), ...);
    }
    options() = default; ///< none yet

    template <class Point>
    requires(is_contact_point<Point>) options& contact_point(const Point& point) {
        if constexpr (std::is_same_v<Point, endpoint>)
            contact_points_.push_back(point);
        else
            parse_contact_point(point);
        return *this;
    }

    /// All connections speak TLS.
    options& tls(tls_options how = tls_options()) {
        connection_.tls(std::move(how));
        return *this;
    }
    options& login(std::string user, std::string secret) {
        connection_.login(std::move(user), std::move(secret));
        return *this;
    }
    /// Where names without a keyspace are looked up.
    options& keyspace(std::string name) {
        connection_.keyspace(std::move(name));
        return *this;
    }
    /// How long a request may take, where its statement_options say nothing: all its attempts
    /// together.
    options& request_timeout(time_limit limit) {
        connection_.request_timeout(limit);
        return *this;
    }
    /// Nodes that have too much to do say so at once; see connection_options::throw_on_overload().
    options& throw_on_overload(bool on = true) {
        connection_.throw_on_overload(on);
        return *this;
    }
    /// What each connection is like, in place of all that was said of them before. Events, watcher
    /// and local port are the session's own.
    options& connection(connection_options settings) {
        connection_ = std::move(settings);
        return *this;
    }
    /// To be changed in place.
    connection_options& connection() noexcept { return connection_; }

    /// Requests go to nodes of this data centre. Default: all are near.
    options& local_datacenter(std::string name) {
        local_datacenter_ = std::move(name);
        return *this;
    }
    /// And to this rack of it first.
    options& local_rack(std::string name) {
        local_rack_ = std::move(name);
        return *this;
    }
    /// And to others where none of it can be used. Default: no.
    options& remote_hosts(bool on = true) {
        remote_hosts_ = on;
        return *this;
    }
    /// Which nodes are used at all; asked again whenever the session learns of a change. What it
    /// throws leaves from the executor's queue, and the node is not used. Siblings (session::on())
    /// ask it on their own executors, as they do the translator, the observer and policies.
    options& filter(std::function<bool(const host_info&)> keeps) {
        filter_ = std::move(keeps);
        return *this;
    }
    /// Who decides which nodes requests go to and which ones are used, in place of the session
    /// itself; of the requests of execution profiles that have a policy of their own that one does.
    /// Null, the default: nobody. With a policy a request costs a little more, as with a default
    /// execution profile.
    options& load_balancing_policy(std::shared_ptr<cocql::load_balancing_policy> decides) {
        load_balancing_policy_ = std::move(decides);
        return *this;
    }
    /// Requests keep away from nodes that have been much slower than the quickest one lately; see
    /// latency_awareness, also for which requests do not. An execution profile may say otherwise of
    /// its own. Default: they do not (std::nullopt). With it a request costs a little more, as with
    /// a default execution profile and an observer.
    options&
    latency_awareness(std::optional<cocql::latency_awareness> how = cocql::latency_awareness()) {
        latency_awareness_ = how;
        return *this;
    }
    /// Connections to each shard of a node, or to a node that has none; 1 at least, which is the
    /// default.
    options& connections_per_shard(std::uint32_t count) {
        connections_per_shard_ = count == 0 ? 1 : count;
        connections_per_node_.reset();
        return *this;
    }
    /// Connections to each node, whatever shards it has; 1 at least. In place of
    /// connections_per_shard(): which of the two was called last counts. For what sends little and
    /// is to hold few, as a tool or a shell.
    ///
    /// On ScyllaDB they lead to shards that the node chooses, by its usual port. A request goes to
    /// the shard that has its data where one leads there, and otherwise to any, which passes it on
    /// (host_counts::wrong_shard). Default: by shards.
    options& connections_per_node(std::uint32_t count) {
        connections_per_node_ = count == 0 ? 1 : count;
        return *this;
    }
    /// Whether a session and its siblings (session::on()) share the shards of each node out among
    /// themselves, in place of a connection to every shard for each of them. For many siblings on
    /// nodes with many shards: there are fewer connections, but of n siblings' requests only every
    /// n-th reaches its node on the shard that has the data. The others cost the node a step from
    /// shard to shard; and where the table has tablets, each answer to them says where they are.
    /// Default: no.
    ///
    /// Of n of them, numbered from 0 in the order of their coming, which begins with the session
    /// itself, the k-th has connections to the shards whose number divided by n leaves k. Where
    /// they are more than a node has shards each has one shard, and several the same. A request
    /// whose shard is another's goes by one of the own connections to that node: none goes from
    /// one sibling to another. As one of them comes or goes all are numbered anew and shards change
    /// hands. Connections that are kept no longer serve until there are those that are to be, so
    /// that no node is without any, and what is in flight on them is answered. Meanwhile a shard
    /// may have no connection from any of them, or several. A session that is not used itself but
    /// for its siblings has its share all the same.
    ///
    /// Nodes without shards (Cassandra) have as many connections from each of them as without this,
    /// and so have all with connections_per_node().
    options& siblings_share_shards(bool on = true) {
        siblings_share_shards_ = on;
        return *this;
    }
    /// Whether ScyllaDB's port by which a client chooses the shard is used where it is offered.
    /// Default: yes. Not through whatever changes the client's port.
    options& shard_aware_port(bool on) {
        shard_aware_port_ = on;
        return *this;
    }
    /// Asked for where to connect each time that a node is connected to, with what it tells of
    /// itself: its id, where it is (ScyllaDB's shard-aware port is asked for by itself), data
    /// centre, rack. Gives an endpoint, at once or as an awaitable<endpoint>; called and awaited on
    /// the session's executor. It may take as long as a connection may take to open, and is
    /// cancelled then and when the session is closed, which waits for it: one that does not heed
    /// cancellation (Asio's resolver does not) holds both up, and none is to await the session's
    /// close(). What it throws is why the node was not connected to; that is tried again as any
    /// failure is. Contact points are used as they are.
    ///
    /// host_info::where stays what the node tells: with a translator the port of system.peers_v2
    /// and system.local, and 9042 where there is none, whatever port the contact point has.
    template <class Translate>
    requires(std::is_invocable_v<const Translate&, host_info>) options& address_translator(
        Translate how) {
        using given = std::invoke_result_t<const Translate&, host_info>;
        if constexpr (std::is_convertible_v<given, endpoint>)
            translator_ = [how =
                               std::move(how)](host_info node) -> boost::asio::awaitable<endpoint> {
                co_return how(std::move(node));
            };
        else
            translator_ = std::move(how);
        return *this;
    }
    /// How many prepared statements the session remembers, so that to prepare them again costs
    /// nothing. Default 1,000.
    options& remembered_statements(std::size_t most) {
        remembered_statements_ = most;
        return *this;
    }
    /// A cluster of another name is refused.
    options& cluster_name(std::string name) {
        cluster_name_ = std::move(name);
        return *this;
    }
    /// Told what an operator should know: system tables with a row of no use, ports that are
    /// changed on the way. Called on the session's executor, and what it throws leaves from there.
    options& warnings(std::function<void(const std::string& what)> listener) {
        warnings_ = std::move(listener);
        return *this;
    }

    /// Told of each attempt to have a request executed. Default: nobody.
    options& observer(std::shared_ptr<request_observer> who) {
        observer_ = std::move(who);
        return *this;
    }

    /// How statements are executed that name it (statement_options::execution_profile()). What a
    /// statement's own options say goes before what its profile says; what that leaves open is as
    /// the default profile has it, and beneath that as these options do (request_timeout(), local
    /// data centre, rack, remote hosts).
    ///
    /// A request goes by the profile that has the name when it begins on the session's executor,
    /// to its end; session::replace_execution_profile() puts another one in its place. Each page of
    /// a pager is a request of its own. A session keeps connections to all nodes that one of its
    /// profiles lets it use.
    options& execution_profile(std::string name, cocql::execution_profile how) {
        execution_profiles_.insert_or_assign(std::move(name), std::move(how));
        return *this;
    }
    /// The default one, of statements that name none (execution_profile::default_name). Data
    /// centre, rack and remote hosts are better said to these options: without a default profile a
    /// request costs a little less.
    options& execution_profile(cocql::execution_profile how) {
        return execution_profile(cocql::execution_profile::default_name, std::move(how));
    }
    const std::map<std::string, cocql::execution_profile, std::less<>>&
    execution_profiles() const noexcept {
        return execution_profiles_;
    }
    /// Told of what changes in the cluster, from the beginning; there may be several. Kept as long
    /// as a handle of the session is: it is to hold none. See also session::listen(), for as long
    /// as one likes.
    options& listener(std::shared_ptr<metadata_listener> who) {
        if (who)
            listeners_.push_back(std::move(who));
        return *this;
    }
    /// How long a statement that has changed the schema waits, within its own time-out, until all
    /// nodes have the new one and session::metadata() shows it. Default 10 s. Zero or less: it does
    /// not wait, and what is new is read soon after the servers' news of it.
    options& schema_agreement_timeout(time_limit limit) {
        schema_agreement_timeout_ = limit.length();
        return *this;
    }
    /// Whether the node at the contact point is all of the cluster that the session knows and sends
    /// to, as it is with a UNIX socket: others are neither asked for nor connected to, also while
    /// it cannot be reached. For what is about one node, and for where no other can be reached, as
    /// through a forwarded port; ScyllaDB's shard-aware port is another one, which may not be
    /// forwarded (shard_aware_port()). A name stands for the node that it leads to when the control
    /// connection is opened; when that was lost, for the same one as long as it can be reached and
    /// the name leads there. Certificates are verified by the name. What an address_translator says
    /// comes before the contact point. With more than one contact point it is
    /// errc::bad_configuration. Default: no.
    options& single_node(bool on = true) {
        single_node_ = on;
        return *this;
    }
    /// Whether there is a control connection, by which the session knows its cluster. Default: yes.
    ///
    /// Without it the contact points alone are the nodes that the session knows and sends to, each
    /// as it is reached there; a name is one node, whichever of its addresses it is reached at.
    /// Nothing is read of what they say of themselves or others, and no events are heard: that
    /// costs no connection and no round trip, for what is short-lived, or about those nodes. They
    /// have ids that the session has made up, and neither data centres nor versions are known, no
    /// keyspaces, nor where data lives: requests go to any of the nodes, on ScyllaDB to any shard.
    /// A statement is remembered also when its table is altered, until a server has forgotten it.
    /// What is lost is connected to again as ever.
    ///
    /// Without it a local data centre, also an execution profile's, and the cluster's name say
    /// nothing, and are errc::bad_configuration; addresses are not translated; warm_up() waits for
    /// connections only, and no DRIVER_CONFIG is sent.
    options& control_connection(bool on) {
        control_connection_ = on;
        return *this;
    }
    /// Whether the session reads the schema: when it connects, and as often as that changes.
    /// Default: yes. Of one with thousands of tables that is many megabytes, which a short-lived
    /// program may have no use for.
    ///
    /// Without it metadata() has the nodes and no keyspaces, listeners hear nothing of the schema,
    /// and where data lives is not known: requests go to any of the nodes that are near, on
    /// ScyllaDB to any shard, and warm_up() waits for connections only. A statement is remembered
    /// also when its table is altered, until a server has forgotten it. Statements that change the
    /// schema still wait for the nodes to agree on it (schema_agreement::is_read is false then).
    options& schema_metadata(bool on) {
        schema_metadata_ = on;
        return *this;
    }
    /// Whether the servers are told how the session is configured: its control connection has that
    /// in STARTUP (DRIVER_CONFIG, JSON by ScyllaDB's schema), for operators to see (ScyllaDB's
    /// system.clients). It has limits, time-outs, the local data centre and rack, and nothing
    /// secret: no names of users or files, no addresses. Of more than 32 KiB none of it is sent,
    /// with a warning. Default: yes. Each connection has a SESSION_ID that is one session's own, in
    /// any case.
    options& driver_config(bool on) {
        driver_config_ = on;
        return *this;
    }

    /// Whether connect() returns only when the session is warm: each node has its connections, or
    /// could not be reached, as ready() waits for; and, of ScyllaDB, it is known where the tablets
    /// of all tables are, so that the first request about a partition goes to the right node and
    /// shard, too. Default: no. connect() returns when there is one connection, and of each tablet
    /// one request may go to a wrong place, whose answer tells the right one.
    ///
    /// Where tablets are is read of one node (system.tablets), on the control connection and while
    /// the others are opened, where there is a keyspace that has tablets: of all of them, which
    /// costs some 200 bytes to read and 150 to keep for each; of a million, and no more. Where that
    /// table cannot be read, because the server is too old, takes more than 30 s for a page, or the
    /// role has no right to (superusers have; others by GRANT SELECT ON system.tablets), there is
    /// one warning, tablets are learned as without this, and connect() does not fail. The same
    /// where three control connections in turn were lost meanwhile. Cancelling connect() cancels
    /// it.
    ///
    /// It is read once: of tablets that move later, and those of tables that are made or altered
    /// later, answers tell. The versions of tablets (tablet_version_keys()) are not in that table:
    /// the first answer about each tablet tells it, and who leads it, from one of its replicas.
    options& warm_up(bool on = true) {
        warm_up_ = on;
        return *this;
    }
    /// The names by which nodes of ScyllaDB may offer to tell tablets with their versions
    /// (tablets-routing-v2), the best first, in place of those that are known here. The first that
    /// a node offers is asked for, and then TABLETS_ROUTING_V1 is not; where it offers none of them
    /// TABLETS_ROUTING_V1 is. That is what no names at all lead to everywhere. Such a thing is
    /// experimental there, and has had several names: another name may stand for another layout.
    options& tablet_version_keys(std::vector<std::string> names) {
        tablet_version_keys_ = std::move(names);
        return *this;
    }

    const std::vector<endpoint>& contact_points() const noexcept { return contact_points_; }
    const connection_options& connection() const noexcept { return connection_; }
    const std::string& local_datacenter() const noexcept { return local_datacenter_; }
    const std::string& local_rack() const noexcept { return local_rack_; }
    bool remote_hosts() const noexcept { return remote_hosts_; }
    const std::function<bool(const host_info&)>& filter() const noexcept { return filter_; }
    const std::shared_ptr<cocql::load_balancing_policy>& load_balancing_policy() const noexcept {
        return load_balancing_policy_;
    }
    const std::optional<cocql::latency_awareness>& latency_awareness() const noexcept {
        return latency_awareness_;
    }
    std::uint32_t connections_per_shard() const noexcept { return connections_per_shard_; }
    /// Nothing: it is connections_per_shard() that counts.
    const std::optional<std::uint32_t>& connections_per_node() const noexcept {
        return connections_per_node_;
    }
    bool siblings_share_shards() const noexcept { return siblings_share_shards_; }
    bool shard_aware_port() const noexcept { return shard_aware_port_; }
    const cocql::address_translator& address_translator() const noexcept { return translator_; }
    std::size_t remembered_statements() const noexcept { return remembered_statements_; }
    const std::string& cluster_name() const noexcept { return cluster_name_; }
    const std::function<void(const std::string& what)>& warnings() const noexcept {
        return warnings_;
    }
    const std::shared_ptr<request_observer>& observer() const noexcept { return observer_; }
    const std::vector<std::shared_ptr<metadata_listener>>& listeners() const noexcept {
        return listeners_;
    }
    std::optional<time_limit::duration> schema_agreement_timeout() const noexcept {
        return schema_agreement_timeout_;
    }
    bool single_node() const noexcept { return single_node_; }
    bool control_connection() const noexcept { return control_connection_; }
    bool schema_metadata() const noexcept { return schema_metadata_; }
    bool driver_config() const noexcept { return driver_config_; }
    bool warm_up() const noexcept { return warm_up_; }
    const std::vector<std::string>& tablet_version_keys() const noexcept {
        return tablet_version_keys_;
    }
    /// The first contact point that could not be read.
    const std::optional<error>& failure() const noexcept { return failure_; }

  private:
    void parse_contact_point(std::string_view text) {
        auto parsed = endpoint::parse(text);
        if (parsed)
            contact_points_.push_back(std::move(*parsed));
        else if (!failure_)
            failure_ = parsed.error();
    }

    std::vector<endpoint> contact_points_;
    connection_options connection_;
    std::string local_datacenter_;
    std::string local_rack_;
    bool remote_hosts_ = false;
    std::function<bool(const host_info&)> filter_;
    std::shared_ptr<cocql::load_balancing_policy> load_balancing_policy_;
    std::optional<cocql::latency_awareness> latency_awareness_;
    std::uint32_t connections_per_shard_ = 1;
    std::optional<std::uint32_t> connections_per_node_;
    bool siblings_share_shards_ = false;
    bool shard_aware_port_ = true;
    cocql::address_translator translator_;
    std::size_t remembered_statements_ = 1000;
    std::string cluster_name_;
    std::function<void(const std::string& what)> warnings_;
    std::shared_ptr<request_observer> observer_;
    std::vector<std::shared_ptr<metadata_listener>> listeners_;
    std::optional<time_limit::duration> schema_agreement_timeout_ = std::chrono::seconds(10);
    bool single_node_ = false;
    bool control_connection_ = true;
    bool schema_metadata_ = true;
    bool driver_config_ = true;
    bool warm_up_ = false;
    std::vector<std::string> tablet_version_keys_{"TABLETS_ROUTING_V2",
                                                  "TABLETS_ROUTING_V2_EXPERIMENTAL_V2",
                                                  "TABLETS_ROUTING_V2_EXPERIMENTAL"};
    std::optional<error> failure_;
    std::map<std::string, cocql::execution_profile, std::less<>> execution_profiles_;
};

} // namespace cocql
