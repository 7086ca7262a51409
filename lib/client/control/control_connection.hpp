#pragma once

#include "client/connection/gate.hpp"
#include "client/control/attempt_race.hpp"
#include "client/control/candidate.hpp"
#include "client/control/control_listener.hpp"
#include "client/control/control_settings.hpp"
#include "client/control/system_tables.hpp"
#include "io/bridge/clock.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/connect/surroundings.hpp"
#include "io/stream/ticket_store.hpp"

#include <cocql/connection.hpp>
#include <cocql/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cocql::client {

/// The connection by which a session knows its cluster: to one node of it, and when that is lost to
/// another one, for ever. It registers for events before it reads the system tables, so that
/// nothing falls between; events are hints, which make it read again. No user's request is sent on
/// it.
///
/// It does not decide which nodes are up: its loss says nothing of the node, and closes nothing.
class control_connection final : public std::enable_shared_from_this<control_connection>,
                                 private io::shutdown_registry::member {
  public:
    /// The executor must not run two handlers at the same time; all is to be called on it. The
    /// listener is to outlive close(), or the context.
    control_connection(boost::asio::any_io_executor executor, control_settings settings,
                       io::surroundings surroundings, control_listener& listener);
    ~control_connection() override;

    /// What the session has prepared of TLS, where it speaks it; otherwise it is prepared for each
    /// connection. Before open().
    void use(std::shared_ptr<io::ticket_store> tls) { tls_ = std::move(tls); }

    /// What a connection says of the session in its STARTUP, beside what it says anyway; what the
    /// application has given itself stays. Before open().
    void say(const std::string& key, const std::string& text);

    /// Finds a node and reads everything; the listener has been told when it returns. Once. Where
    /// no node can be reached that is an error, with what has come of each. Cancelling it ends
    /// everything.
    boost::asio::awaitable<result<void>> open();
    /// In place of that, for one that is never opened: it may outlive its executor's context all
    /// the same.
    void go_with_context();
    /// Begins to end it; what is being opened ends with an error.
    void stop() noexcept;
    /// The same, and when it returns nothing of it runs any more.
    boost::asio::awaitable<void> close();

    /// A node has been reached otherwise: where a new connection is waited for, it is tried now.
    void wake() noexcept;
    /// Nodes are not where they were thought to be: the topology is read again, as after an event.
    void look_again();
    /// TLS is prepared anew: the connection is replaced by one that is made so, as soon as nothing
    /// is being read, and attempts that were made otherwise end.
    void renew() noexcept;
    const control_settings& settings() const noexcept { return settings_; }
    /// Has the schema read anew, at once. When it returns one has been told that was read from the
    /// beginning after the call; false where there is none by that moment, or none any more, or the
    /// settings say that it is not read. One reading serves all who wait for it.
    boost::asio::awaitable<bool> read_schema(base::time_point until);
    /// To the node that it is connected to, for a question about that node; empty where there is
    /// none.
    const connection& node() const noexcept { return node_; }
    /// Which that is, or was last.
    const uuid& node_id() const noexcept { return node_id_; }
    /// The last picture; empty before the first.
    const metadata::cluster_snapshot& known() const noexcept { return known_; }
    /// Changes that nodes have told of, from the beginning.
    std::uint64_t events_heard() const noexcept { return events_heard_; }

  private:
    /// A node that was reached, and what it said.
    struct reached {
        reached(connection opened, candidate as, const control_settings& how)
            : node(std::move(opened)),
              meant(std::move(as)),
              tables(node, how.patience, how.way != nullptr,
                     how.single_node ? system_tables::extent::itself
                                     : system_tables::extent::cluster) {}

        connection node;
        candidate meant; ///< wherever that was connected to
        system_tables tables;
        system_tables::topology topology;
        system_tables::schema schema;
        std::shared_ptr<std::optional<error>> ended; ///< by its watcher
    };
    using race = attempt_race<std::unique_ptr<reached>>;

    /// Who waits for a reading.
    class reader;

    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;

    static boost::asio::awaitable<void> live(std::shared_ptr<control_connection> self);
    boost::asio::awaitable<void> live();
    boost::asio::awaitable<error> hold_one();
    boost::asio::awaitable<result<std::unique_ptr<reached>>> reach_some_node();
    candidate_queue candidates();
    boost::asio::awaitable<result<std::vector<candidate>>> addresses_of(candidate named);
    boost::asio::awaitable<result<std::unique_ptr<reached>>> reach(candidate meant);
    boost::asio::awaitable<result<std::unique_ptr<reached>>> open_at(const candidate& meant);
    connection_options options_for(const candidate& meant) const;
    std::optional<uuid> known_at(const candidate& meant) const;
    std::vector<event_type> events_of_interest() const;
    boost::asio::awaitable<result<system_tables::schema>> schema_of(reached& node);
    result<void> check(const reached& node) const;
    void take(reached& node);
    boost::asio::awaitable<void> find_tablets(reached& node);
    void tablets_not_found(const error& why);
    void tablets_over(metadata::tablets_by_table found);
    boost::asio::awaitable<error> serve(reached& node);
    boost::asio::awaitable<result<void>> refresh(reached& node,
                                                 policy::refresh_schedule::parts what);
    template <class T>
    boost::asio::awaitable<result<T>> interruptible(boost::asio::awaitable<result<T>> work);
    boost::asio::awaitable<void> pause();
    void event_received(const event& happened);
    void want(policy::refresh_schedule::parts changed);
    void tell_of_login(const reached& node);
    void watched_ended() noexcept;
    static error stopped();
    /// Whoever gave a name is told of it by that, and by which of its addresses.
    static error told_by_name(error why, const candidate& of);
    void opening_ended(result<void> outcome);
    void ended(std::exception_ptr thrown);
    void schema_read(std::uint64_t reading);
    void warn_of_skipped(const char* what, const std::vector<std::string>& skipped);

    boost::asio::any_io_executor executor_;
    control_settings settings_;
    const io::surroundings surroundings_;
    io::clock& clock_; ///< its own
    control_listener& listener_;
    std::shared_ptr<io::ticket_store> tls_; ///< null: prepared for each connection
    metadata::cluster_snapshot known_;
    std::minstd_rand chance_;
    std::unique_ptr<io::timer> timer_;
    std::weak_ptr<race> race_;
    boost::asio::cancellation_signal stop_reading_;
    connection node_;               ///< while it serves
    std::optional<candidate> lost_; ///< or the one that serves: the last to be tried again
    uuid node_id_;
    std::uint64_t events_heard_ = 0;
    std::uint64_t schema_readings_ = 0; ///< that were begun
    std::uint64_t last_read_ = 0;       ///< which of them was told last
    std::vector<io::timer*> readers_;
    std::size_t vain_ = 0;       ///< attempts before the first success
    std::size_t places_ = 0;     ///< that there were to be tried, when a node was last looked for
    bool was_short_ = false;     ///< the last one: others are not tried at once
    bool told_of_login_ = false; ///< that it is not asked for
    bool begun_ = false;
    bool stopping_ = false;
    bool woken_ = false;
    int vain_for_tablets_ = 0; ///< connections that were lost before they were found
    bool renewed_ = false;     ///< since the search for the present one began
    std::optional<result<void>> opened_;
    gate opening_over_;
    gate life_over_;
};

} // namespace cocql::client
