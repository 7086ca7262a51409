#pragma once

#include "client/connection/attempt_record.hpp"
#include "client/connection/executing.hpp"
#include "client/connection/gate.hpp"
#include "client/connection/home.hpp"
#include "client/connection/request_operation.hpp"
#include "client/control/control_connection.hpp"
#include "client/pool/host_pool.hpp"
#include "client/session/announcement.hpp"
#include "client/session/attempt_observation.hpp"
#include "client/session/attempts.hpp"
#include "client/session/cluster_map.hpp"
#include "client/session/contact_nodes.hpp"
#include "client/session/counts_by_host.hpp"
#include "client/session/destination.hpp"
#include "client/session/execution_profiles.hpp"
#include "client/session/keyspace_change.hpp"
#include "client/session/metadata_listeners.hpp"
#include "client/session/siblings.hpp"
#include "core/metadata/host_changes.hpp"
#include "core/metadata/known_tablets.hpp"
#include "core/metadata/statement_cache.hpp"
#include "core/routing/partition_replicas.hpp"
#include "core/routing/tablet_map.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/connect/surroundings.hpp"
#include "io/stream/ticket_store.hpp"

#include <cocql/cluster_metadata.hpp>
#include <cocql/connection_info.hpp>
#include <cocql/host_info.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/options.hpp>
#include <cocql/page.hpp>
#include <cocql/page_operation.hpp>
#include <cocql/request_route.hpp>
#include <cocql/routed_request.hpp>
#include <cocql/schema_agreement.hpp>
#include <cocql/session_metrics.hpp>
#include <cocql/statement_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cocql::client {

/// What the handles of a session share: the control connection, which tells of the cluster, a pool
/// of connections to each of its nodes, and where the data lives. It decides to which connection a
/// request goes.
///
/// A sibling has pools of its own on an executor of its own. What it knows it is told by the first
/// one, which has the control connection; nothing on the way of a request goes from one to the
/// other.
class session_core final : public detail::page_target, // first: it is asked most
                           public std::enable_shared_from_this<session_core>,
                           private control_listener,
                           private pool_listener,
                           private io::shutdown_registry::member {
  public:
    using shared_connection = host_pool::shared_connection;

    /// The executor never runs two handlers at the same time; unless said otherwise all is to be
    /// called on it.
    /// `first` is null, or the one that it is to be a sibling of.
    session_core(boost::asio::any_io_executor executor, options how, io::surroundings surroundings,
                 std::shared_ptr<session_core> first = nullptr);
    ~session_core() override;

    /// Returns when requests can be sent, or when everything begun is put away again.
    boost::asio::awaitable<result<void>> open();
    boost::asio::awaitable<void> close();
    /// The last handle is gone: ends without anyone waiting. From any thread.
    void abandon() noexcept;
    /// From any thread.
    const std::shared_ptr<home>& where_it_lives() const noexcept { return home_; }
    /// Of siblings the first, which may be this one. From any thread.
    std::shared_ptr<session_core> first() {
        return first_ != nullptr ? first_ : shared_from_this();
    }
    bool is_first() const noexcept { return first_ == nullptr; }

    // Statements that are executed (session_core_pages.cpp):

    /// From any thread.
    void begin(page_operation&& what, detail::page_handler&& who) override;
    boost::asio::any_io_executor usual_executor() const override { return home_->get_executor(); }

    /// See session::ready() and the others of these names.
    boost::asio::awaitable<result<void>> ready();
    boost::asio::awaitable<result<void>> reconnect();
    result<void> reload_tls();
    std::vector<host_info> hosts() const;
    std::vector<connection_info> connections() const;
    session_metrics metrics() const;

    // What siblings have to do with each other (session_core_siblings.cpp):

    /// Of the first: tells this one, on its executor, what there is, and from now on what becomes
    /// other.
    boost::asio::awaitable<result<void>> admit(std::shared_ptr<session_core> sibling);
    /// Where they share shards out among themselves these are this one's from now on.
    void have_share(const policy::share& which);
    /// Of the first: with what all siblings have counted.
    boost::asio::awaitable<session_metrics> metrics_of_all();
    /// Of the first: in all of them. See session::replace_execution_profile().
    boost::asio::awaitable<result<void>> replace_profile_of_all(std::string name,
                                                                execution_profile how);

    // Which keyspace it is in (session_core_keyspace.cpp):

    /// Has all its connections carry out a USE; gives what the first one has answered.
    boost::asio::awaitable<page> use(std::string cql, statement_options how);
    const std::string& keyspace() const noexcept { return keyspace_; }
    /// Whether its connections may be in several.
    bool is_changing_keyspace() const noexcept { return changing_keyspace_ != nullptr; }
    /// Another one after each moment at which statements may have been prepared in another keyspace
    /// than those before.
    std::uint64_t keyspace_turn() const noexcept { return keyspace_turn_; }

    // What the cluster is (session_core_metadata.cpp):

    cluster_metadata known_cluster();
    /// From any thread.
    metadata_listeners& listeners() noexcept {
        return first_ != nullptr ? first_->listeners_ : listeners_;
    }
    /// Asks until the nodes agree, by this moment; where it is now or was, once. Then the schema is
    /// read.
    boost::asio::awaitable<schema_agreement> schema_agreement_by(base::time_point until);
    /// What a statement that has changed the schema is answered with: that answer, and whether the
    /// nodes agree on it by the statement's deadline, or the options' time.
    boost::asio::awaitable<page> agreed(page changed, base::time_point deadline);
    /// Whether there is more to be done with an answer that has just been read.
    bool is_attentive() const noexcept { return attentive_; }
    /// One that is not the usual one was.
    void answered(const page& what) noexcept {
        if (what.schema_change())
            attentive_ = schema_changed_ = true;
    }
    /// Whether the schema was changed by the one that was read last.
    bool take_schema_change() noexcept {
        attentive_ = is_observed();
        return std::exchange(schema_changed_, false);
    }

    struct chosen {
        shared_connection connection; ///< null for none
        /// Where what the answer says of its table's is to be taken down; null for nowhere. As long
        /// as the session.
        routing::tablet_map* tablets = nullptr;
        /// What it is to say there of the version of the tablet that it goes by, if the connection
        /// has such a thing: taken from that tablet at the same moment as the connection.
        std::uint8_t version_block = 0;
    };
    /// Where a request goes next that is about the partition of a bound statement (null: about
    /// none), after these attempts.
    chosen choose(const bound_statement* by, const attempts& before);
    /// The same where its options say something.
    chosen choose(const bound_statement* by, const statement_options& said, const attempts& before);
    /// Where a statement (null: none) cannot be prepared as it was, it is remembered no more.
    void failed(const bound_statement* by, const error& why);
    /// What a request fails with that could be sent nowhere.
    error unreachable(const attempts& tried) const;

    /// Whether requests without options go by the session's alone.
    bool has_default_profile() const noexcept { return profiles_.has_default(); }
    /// The options of a request (null: none) with what its profile says; where it goes by the
    /// profile is noted in `tried`.
    result<statement_options> complete(const statement_options* own, attempts& tried) const;
    /// See session::replace_execution_profile().
    boost::asio::awaitable<result<void>> replace_profile(std::string name, execution_profile how);

    // To be counted, and told to the observer:

    bool is_observed() const noexcept { return observation_.is_on(); }
    /// Where it is.
    attempt_observation& observation() noexcept { return observation_; }
    /// One request on one connection has failed.
    void attempt_failed(implementation& where, request_operation& request,
                        const attempt_record& record, const error& why);
    /// The same where nobody is told of it; by an answer, or because there was none.
    void attempt_failed(implementation& where, const error& why, bool is_answered);
    void goes_elsewhere() noexcept { ++retries_; }
    /// That a request could be sent nowhere, and what it fails with. Its options may be null.
    error found_none(const bound_statement* by, const statement_options* said,
                     const attempts& tried);
    /// What an answer tells of where a tablet is.
    void learn(routing::tablet_map& of,
               const std::map<std::string, std::vector<std::byte>>& payload);

    /// A statement that is being prepared; those who want the same wait for it.
    struct preparation {
        announcement over;
        std::optional<error> refused; ///< by a server, as it would refuse the others
        prepared_statement made;
    };
    using statement_key = std::pair<std::string, std::string>; ///< keyspace and text
    metadata::statement_cache& statements() noexcept { return statements_; }
    /// Null where nobody prepares it.
    std::shared_ptr<preparation> under_way(const statement_key& which) const;
    std::shared_ptr<preparation> begin(const statement_key& which);
    void end(const statement_key& which, preparation& mine);

    /// TLS handshakes of all its connections that succeeded.
    io::tls_tickets::handshakes handshakes() const noexcept;

    bool is_closed() const noexcept { return stop_asked_.is_made(); }
    io::clock& clock() noexcept { return clock_; }
    const io::surroundings& surroundings() const noexcept { return surroundings_; }
    /// While its context lives.
    const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
    const options& how() const noexcept { return how_; }

  private:
    using pools = std::map<uuid, std::shared_ptr<host_pool>>;

    void metadata_read(const metadata::cluster_snapshot& now) override;
    void tablets_found(metadata::tablets_by_table found) override;
    void status_told(const status_change& told) override;
    void control_connected(const endpoint&) override { ++control_connections_; }
    void control_lost(const error&) override {}
    void host_reached(const uuid& host) override;
    void host_lost(const uuid& host, const error&) override { tell_status(host); }
    void host_settled(const uuid& host) override;
    void another_met(const uuid&) override;
    void keyspace_answered(const uuid&) override;
    void warned(const std::string& what) override;
    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;

    bool is_called_at_home(const detail::page_handler& who) const;
    bool is_usual(const executing& work) const;
    void begin_otherwise(std::shared_ptr<session_core> self, executing&& work,
                         detail::page_handler&& who, bool is_told);
    void begin_nowhere(executing& work, detail::page_handler&& who);
    static boost::asio::awaitable<void> live(std::shared_ptr<session_core> self);
    boost::asio::awaitable<void> live();
    result<void> prepare_to_open();
    boost::asio::awaitable<result<void>> find_cluster();
    result<void> check_without_control() const;
    boost::asio::awaitable<result<void>> know_contact_points();
    error no_contact_point_reached() const;
    endpoint where_is(const metadata::host& which) const;
    boost::asio::awaitable<result<void>> warm_up();
    boost::asio::awaitable<void> put_away();
    void stop() noexcept;
    /// Which nodes a request may go to.
    struct choice {
        const routing::neighbourhood& near;
        /// The nodes of a data centre are to agree among themselves (LOCAL_SERIAL): another one
        /// would do so among its own.
        bool stays_near;
        std::uint32_t any;
        const attempts& before;
        // For a policy; null for none.
        const bound_statement* by = nullptr;
        const statement_options* said = nullptr;
    };
    chosen choose_at(const destination& where, routing::tablet_map* tablets, const choice& among);
    chosen choose_anywhere(const attempts& before);
    chosen choose_by_plan(const destination& where, routing::tablet_map* tablets,
                          const choice& among);
    const shared_connection* find_at_once(const destination& where,
                                          const routing::neighbourhood& near, std::uint32_t any);
    chosen choose_by_tablet(const destination& where, const choice& among,
                            routing::tablet_map* tablets);
    void say_version(chosen& found, const routing::tablet* known);
    chosen choose_of(const destination& where, const routing::partition_replicas& replicas,
                     const choice& among);
    template <class Plan>
    chosen first_of(Plan& plan, const destination& where,
                    const routing::partition_replicas& replicas, const choice& among);
    chosen choose_by_profile(const destination& where, const routing::partition_replicas& replicas,
                             const choice& among);
    chosen choose_by_policy(load_balancing_policy& policy, const destination& where,
                            const routing::partition_replicas& replicas, const choice& among);
    routed_request told_to_policy(const destination& where, const choice& among) const;
    chosen choose_by_route(const request_route& route, const bound_statement* by,
                           const statement_options& said, const choice& among);
    chosen choose_on_host(const request_route::host& to, const bound_statement* by,
                          consistency level, const choice& among);
    struct led {
        destination where;
        routing::tablet_map* tablets = nullptr;
    };
    result<led> lead(const request_route& route, const bound_statement* by,
                     const statement_options& said);
    error not_by_route(const request_route& route, const bound_statement* by,
                       const statement_options& said, const attempts& tried);
    static error not_by_policy(const attempts& tried, std::vector<error> failures);
    error not_on_host(const request_route::host& to, const attempts& tried) const;
    std::optional<error> no_node_for(const shared_profile& profile) const;
    std::string datacenters() const;

    /// Told of the cluster as listeners are.
    struct policy_in_force {
        const load_balancing_policy* who;
        std::shared_ptr<registered_listener> as_listener; ///< the first tells it; null otherwise
    };

    /// A profile that is being put in another's place.
    struct replacement {
        explicit replacement(execution_profiles next) : next(std::move(next)) {}
        execution_profiles next;
        std::vector<uuid> awaited; ///< nodes that are used because of it
        announcement arrived;
        announcement over;
    };
    /// Somebody waits for what comes of nodes that are tried.
    struct search {
        std::vector<uuid> awaited;
        announcement over;
    };
    boost::asio::awaitable<result<void>> bring_about(std::shared_ptr<replacement> mine,
                                                     std::string name);
    result<void> can_serve(const shared_profile& now, const shared_profile& next) const;
    bool is_wanted(routing::host_index which);
    void have_policies();
    cluster_map::judge asking_policies();
    routing::distance distance_by(load_balancing_policy& policy, const metadata::host& which,
                                  routing::distance usual) noexcept;
    void policy_failed(std::exception_ptr thrown);
    void awaits_no_more(const uuid& host);
    void opening_ended(result<void> outcome);
    void ended(std::exception_ptr thrown);
    void forget_tablets(const metadata::cluster_snapshot& before,
                        const metadata::cluster_snapshot& now);
    void forget_statement(const std::string& keyspace, const std::string& cql);
    void forget_statements(const metadata::schema_snapshot& before,
                           const metadata::schema_snapshot& now);
    void be_in_keyspace(const std::string& name);
    void forget_statements_in_keyspace();
    void keyspace_change_over();
    void have_pools(const metadata::topology_snapshot& hosts);
    void look_whether_settled();
    routing::preference preference() const;
    void wake_control();
    bool keeps(const host_info& node) noexcept;
    host_info info_of(const metadata::host& what) const;
    host_status status_of(const uuid& host) const noexcept;
    void note_told(const uuid& host, const std::string& change);
    void tell_status(const uuid& host);
    /// A host, before it changed.
    struct changed_host {
        metadata::host_change what;
        host_info before;
    };
    std::vector<changed_host> changed_hosts(const metadata::cluster_snapshot& now);
    void tell_changes(const metadata::cluster_snapshot& before,
                      const std::vector<changed_host>& hosts);
    void announce(std::vector<metadata_listeners::news> what);
    void tell_listeners();
    void listener_failed(std::exception_ptr thrown);
    boost::asio::awaitable<schema_agreement> schema_versions(base::duration patience);
    way_to_node way();
    boost::asio::awaitable<result<endpoint>> way_to(uuid host, endpoint where);
    std::shared_ptr<host_pool> make_pool(const metadata::host& what);
    static void add_load(const host_pool& of, session_metrics& to) noexcept;
    /// The upper half: the lower bits of such an engine take turns.
    std::uint32_t chance() noexcept { return static_cast<std::uint32_t>(random_() >> 32); }

    /// What a sibling begins with.
    struct inheritance {
        execution_profiles profiles;
        std::optional<io::tls_context> tls;
        metadata::cluster_snapshot known;
        metadata::tablet_snapshot tablets;
        std::map<uuid, host_status> told;
        std::string keyspace;
        std::uint64_t number = 0; ///< which sibling it is: 1, 2, …
        policy::share share = {};
    };
    void inherit(const inheritance& what);
    boost::asio::awaitable<result<void>> join_first();
    void leave_first();
    void share_out();
    void gone_with_context();
    void renew_tls(const io::tls_context& context);
    void follow_profile(const std::string& name, const execution_profile& how);
    void have_followed();
    void first_ended();
    /// What opening it fails with that was told to stop.
    error stopped() const;
    void tell_of_tablet(const routing::tablet_map& of, const routing::tablet& known);
    void tablet_told(const session_core* by, const std::string& keyspace, const std::string& table,
                     const routing::tablet& known);
    /// Posted to where the first one lives; nothing where that is gone.
    template <class Function>
    void tell_first(Function what) {
        static_cast<void>(first_->home_->post(
            [first = first_, what = std::move(what)]() mutable { what(*first); }));
    }
    boost::asio::awaitable<schema_agreement> first_agreement_by(base::time_point until);

    boost::asio::any_io_executor executor_;
    const std::shared_ptr<home> home_;
    const std::shared_ptr<session_core> first_; ///< null for the first itself
    siblings siblings_;
    const options how_;
    const io::surroundings surroundings_;
    io::clock& clock_; ///< its own
    /// Knuth's (MMIX), modulo two to the 64th: of the library's engines the one that costs a
    /// request two instructions.
    std::linear_congruential_engine<std::uint64_t, 6364136223846793005U, 1442695040888963407U, 0>
        random_;
    pool_settings pool_settings_;
    std::shared_ptr<io::ticket_store> tls_; ///< null without TLS
    /// The first one's; null for its siblings. Not opened where there is to be none.
    std::shared_ptr<control_connection> control_;
    std::optional<contact_nodes> contact_nodes_; ///< where there is no control connection
    metadata::known_tablets tablets_;
    std::unique_ptr<cluster_map> map_; ///< null before the first snapshot
    pools pools_;
    std::vector<host_pool*> pools_by_index_; ///< of the map's hosts; null where none is used
    std::vector<std::shared_ptr<host_pool>> leaving_;
    counts_by_host counts_;
    attempt_observation observation_;
    metadata_listeners listeners_;
    std::vector<policy_in_force> policies_;
    std::map<uuid, host_status> told_;      ///< by servers, of hosts that have no pool
    std::map<uuid, host_status> announced_; ///< to listeners, had there been any
    bool attentive_ = false;
    bool schema_changed_ = false;
    std::uint64_t retries_ = 0;
    std::uint64_t no_host_ = 0;
    std::uint64_t tablet_hits_ = 0;
    std::uint64_t tablet_misses_ = 0;
    std::uint64_t tablets_learned_ = 0;
    std::uint64_t tablets_read_ = 0;
    std::uint64_t control_connections_ = 0;
    metadata::statement_cache statements_;
    std::map<statement_key, std::shared_ptr<preparation>> preparations_;
    std::string keyspace_;
    std::uint64_t keyspace_turn_ = 0;
    std::shared_ptr<keyspace_change> changing_keyspace_; ///< null for none
    announcement reached_;                               ///< there was a connection for requests
    announcement settled_;      ///< each node had its connections, or could not be reached
    announcement tablets_over_; ///< they were found, if that was asked for, or cannot be
    announcement inherited_;
    announcement stop_asked_;
    std::vector<uuid> unsettled_;
    execution_profiles profiles_;
    std::vector<std::shared_ptr<search>> searches_;
    std::shared_ptr<replacement> replacing_;       ///< null for none
    std::shared_ptr<announcement> last_replacing_; ///< the call that came last is over
    bool begun_ = false;
    bool first_has_ended_ = false;
    std::optional<result<void>> opened_;
    gate opening_over_;
    gate life_over_;
};

} // namespace cocql::client
