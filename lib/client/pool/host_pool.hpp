#pragma once

#include "client/connection/gate.hpp"
#include "client/connection/implementation.hpp"
#include "client/pool/pool_listener.hpp"
#include "client/pool/pool_settings.hpp"
#include "core/routing/sharding.hpp"
#include "io/bridge/clock.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/connect/surroundings.hpp"

#include <cocql/connection_info.hpp>
#include <cocql/endpoint.hpp>
#include <cocql/error.hpp>
#include <cocql/uuid.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace cocql::client {

/// The connections to one node, by its shards: the only place that opens, replaces and closes them.
/// It fills itself (policy::pool_fill says how), as often as one is lost, until it is closed.
class host_pool final : public std::enable_shared_from_this<host_pool>,
                        private io::shutdown_registry::member {
  public:
    using shared_connection = std::shared_ptr<implementation>;

    /// The executor must not run two handlers at the same time; all is to be called on it. The
    /// listener is to outlive close(), or the context.
    host_pool(boost::asio::any_io_executor executor, const uuid& host, endpoint where,
              pool_settings settings, io::surroundings surroundings, pool_listener& listener);
    /// What is counted of it goes there; before begin().
    void count_in(std::shared_ptr<host_counts> where) noexcept { counts_ = std::move(where); }
    ~host_pool() override;

    /// Begins to fill it. Once.
    void begin();
    /// Begins to close all connections.
    void stop() noexcept;
    /// The same, and when it returns nothing of it runs any more.
    boost::asio::awaitable<void> close();
    bool is_over() const noexcept { return life_over_.is_open(); }
    /// Takes no more requests; what is in flight is answered, and then its life is over.
    void drain();

    /// Why a request is to go to a shard.
    enum class shard_is {
        where_the_data_is,
        any ///< as good as the others
    };
    /// One that takes requests: to this shard if there is one, otherwise to another of the node.
    /// Null for none. Valid until the next turn of the executor; requests keep a copy.
    const shared_connection& connection_to(std::uint32_t shard,
                                           shard_is why = shard_is::any) noexcept {
        // The usual case first: there is one, and nothing to choose.
        if (shard < serving_.size()) [[likely]]
            if (const auto& lanes = serving_[shard]; lanes.size() == 1) [[likely]]
                if (const auto& only = lanes.front().connection; only->takes_requests()) [[likely]]
                    return only;
        return choose_connection_to(shard, why);
    }
    /// The same, to this shard or none. Of a node without shards: the first.
    const shared_connection& connection_to_just(std::uint32_t shard) noexcept;

    /// The node can be reached, as others say: it is tried now.
    void wake() noexcept;
    /// The same, for somebody who waits for what comes of it: where there is no connection the
    /// listener is told anew when the node has what it should, or could not be reached. Whether
    /// there is none.
    bool try_now();
    /// The node has moved: connections to the old address are replaced by those to the new one, and
    /// what is in flight on them is not failed.
    void move_to(endpoint where);

    /// It is to have connections to these of the node's shards. Those to the others serve until
    /// there are these, and what is in flight on them is not failed. Nothing where connections are
    /// the node's, and not its shards'.
    void have_share(const policy::share& which);
    /// Whether this shard is in it.
    bool wants(std::uint32_t shard) const noexcept { return fill_.wants(shard); }

    /// TLS is prepared anew: connections that were made before serve until others do, and are
    /// replaced by these.
    void renew();

    /// Connections that are made from now on are in this keyspace, and those that there are are
    /// asked to be, but for one (null: none). One that has not said so by that moment takes no more
    /// requests, and is replaced. How many are asked: the listener hears of each when that is over.
    std::size_t use_keyspace(const std::string& name, const implementation* but_for,
                             base::time_point until);

    const uuid& host() const noexcept { return host_; }
    const endpoint& where() const noexcept { return where_; }
    /// Nothing before the first connection, and where the node has no shards.
    const std::optional<routing::sharding>& sharding() const noexcept { return sharding_; }
    /// Connections that take requests.
    std::size_t size() const noexcept { return size_; }
    bool is_full() const noexcept { return fill_.is_full(); }
    /// Of all connections, also those that take no more requests.
    struct load {
        std::size_t in_flight = 0;
        std::size_t orphans = 0;
    };
    load now() const noexcept;
    /// Adds those that are open, of these all.
    void add_connections(std::vector<connection_info>& to) const;
    /// Why the node could not be connected to when it was tried last, or was lost; nothing where it
    /// never was.
    const std::optional<error>& last_failure() const noexcept { return last_failure_; }

  private:
    /// Which of the connections' watchers has spoken.
    using lane_number = std::uint64_t;
    struct lane {
        lane_number number;
        std::uint32_t shard;
        shared_connection connection;
        std::uint32_t beginning = 0; ///< the fill's, in which it was made
    };
    using lanes = std::vector<lane>;
    using stop_signals = std::list<std::shared_ptr<boost::asio::cancellation_signal>>;
    class ending;

    const shared_connection& choose_connection_to(std::uint32_t shard, shard_is why) noexcept;
    const shared_connection& idlest_connection_to(std::uint32_t shard) noexcept;
    const shared_connection* find_connection_to(std::uint32_t shard) const noexcept;
    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;

    static boost::asio::awaitable<void> live(std::shared_ptr<host_pool> self);
    boost::asio::awaitable<void> live();
    void start(boost::asio::awaitable<void> work);
    void cancel_set_ups();
    boost::asio::awaitable<void> set_up(policy::pool_fill::step by);
    boost::asio::awaitable<result<shared_connection>> open(policy::pool_fill::step by,
                                                           lane_number number);
    boost::asio::awaitable<void> shut(shared_connection connection);
    boost::asio::awaitable<void> put_in_keyspace(shared_connection connection,
                                                 base::time_point until);
    void count_opened(const peer_info& peer) noexcept;
    void take(const policy::pool_fill::step& by, lane opened);
    void have_shards(const routing::shard_offer& offer);
    void begin_fill();
    /// The shard as the fill counts them; one that there is not stays one that there is not.
    std::uint32_t in_fill(std::uint32_t shard) const noexcept {
        return settings_.per_node && shard < serving_.size() ? 0 : shard;
    }
    void retire(lanes& which);
    void retire_all();
    std::size_t take_back(lanes& from);
    void have_stand_in();
    void replace_all();
    void drain_retired();
    void shut_all(lanes& which);
    void watched(lane_number number, const connection_state& now);
    shared_connection take_out(lanes& from, lane_number number, const connection_state& now);
    void lost_one(const connection_state& now);
    void tell_settled();
    void look_again() noexcept;
    std::uint32_t chance() noexcept { return static_cast<std::uint32_t>(random_()); }

    boost::asio::any_io_executor executor_;
    const uuid host_;
    endpoint where_;
    pool_settings settings_;
    const io::surroundings surroundings_;
    io::clock& clock_; ///< its own
    pool_listener& listener_;
    std::shared_ptr<host_counts> counts_ = std::make_shared<host_counts>();
    /// Statements that the node has forgotten.
    const std::shared_ptr<preparations> preparations_ = std::make_shared<preparations>();
    policy::pool_fill fill_;
    std::minstd_rand random_;
    std::unique_ptr<io::timer> timer_;
    std::optional<routing::sharding> sharding_;
    std::uint16_t shard_port_ = 0; ///< 0: there is none
    std::vector<lanes> serving_;   ///< of each shard
    std::size_t size_ = 0;         ///< with the retired ones
    lanes kept_;                   ///< to shards that need none, until the fill is over
    lanes retired_;                ///< serve until others do in their place
    lanes draining_;
    lane_number last_number_ = 0;
    lane_number asked_after_ = 0; ///< the last attempt before try_now() was called
    std::uint32_t moves_ = 0;
    stop_signals stops_; ///< of what is under way
    std::optional<error> last_failure_;
    bool begun_ = false;
    bool settled_ = false; ///< the listener was told
    bool stopping_ = false;
    bool leaving_ = false;
    gate life_over_;
};

} // namespace cocql::client
