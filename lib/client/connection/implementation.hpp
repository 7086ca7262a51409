#pragma once

#include "client/connection/gate.hpp"
#include "client/connection/home.hpp"
#include "client/connection/preparations.hpp"
#include "client/connection/serialised.hpp"
#include "core/base/visible.hpp"
#include "core/protocol/cql_protocol.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/stream_transport.hpp"
#include "io/connect/budget.hpp"
#include "io/connect/interruption.hpp"
#include "io/connect/surroundings.hpp"
#include "io/stream/tls_stream.hpp"

#include <cocql/connection.hpp>
#include <cocql/host_counts.hpp>
#include <cocql/page_operation.hpp>
#include <cocql/uuid.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::client {

class executing;

/// The life of one connection: opening, with a lower version where one is refused, then the bridge
/// until its end. live() owns this object while it runs; handles and requests share it.
class implementation final : public detail::page_target, // first: it is asked most
                             public std::enable_shared_from_this<implementation>,
                             public protocol::protocol_listener,
                             private home::host,
                             private io::shutdown_registry::member {
  public:
    /// The executor never runs two handlers at the same time.
    implementation(boost::asio::any_io_executor executor, endpoint where,
                   connection_options options, io::surroundings surroundings);
    ~implementation() override;

    /// What the options say of TLS, made before for many connections, and the tickets of the node;
    /// before open().
    void use(std::shared_ptr<io::tls_tickets> of_node) noexcept {
        opening_->tickets = std::move(of_node);
    }

    /// Of which node it is one; before open().
    void be_of(const uuid& host) noexcept { host_ = host; }
    /// Whatever the server says of which node it is: the id is not the node's own; before open().
    void be_of_any() noexcept { checks_host_ = false; }
    /// What is counted of it goes there; before open(). On its executor.
    void count_in(std::shared_ptr<host_counts> where) noexcept { counts_ = std::move(where); }
    /// What has to be prepared again is so for all connections that have these, which lead to one
    /// node and live on one executor; before open().
    void use(std::shared_ptr<preparations> of_node) noexcept { preparations_ = std::move(of_node); }
    /// Which of the node's shards it leads to.
    void be_of_shard(std::uint32_t shard) noexcept { shard_ = shard; }
    /// Answers are to tell where tablets are, and with versions where the server offers one of
    /// these; before open().
    void want_tablets(std::vector<std::string> version_keys) noexcept {
        wants_tablets_ = true;
        opening_->tablet_version_keys = std::move(version_keys);
    }

    /// Returns when the connection takes requests, or when everything begun is put away again.
    boost::asio::awaitable<result<void>> open();
    boost::asio::awaitable<void> close();
    /// Takes no more requests, and closes by itself when those in flight have ended.
    void drain() noexcept;
    /// The last handle is gone: ends without anyone waiting. From any thread.
    void abandon() noexcept;

    result<void> push(std::span<const std::byte> frame);

    void begin(page_operation&& what, detail::page_handler&& who) override;
    boost::asio::any_io_executor usual_executor() const override { return home_.get_executor(); }

    /// From any thread.
    connection_state state() const;
    const peer_info& peer() const noexcept { return peer_; }
    const endpoint& where() const noexcept { return where_; }
    /// Of a request that says nothing else.
    std::optional<base::duration> request_timeout() const noexcept { return request_timeout_; }
    /// Nothing but zeros where that was not said.
    const uuid& host() const noexcept { return host_; }
    /// Nothing where that was not said: the node has none.
    const std::optional<std::uint32_t>& shard() const noexcept { return shard_; }
    /// Null where nothing is counted.
    host_counts* counts() const noexcept { return counts_.get(); }
    protocol_version version() const noexcept { return version_; }
    const phase_times& times() const noexcept { return times_; }
    /// While its context lives.
    const boost::asio::any_io_executor& executor() const noexcept { return home_.executor(); }
    home& where_it_lives() noexcept { return home_; }
    const home& where_it_lives() const noexcept { return home_; }
    /// Whether this thread is at a turn of the connection's own, on an io_context made for one
    /// thread: that is where most requests come from, and cheaper to ask than home::of(). From any
    /// thread.
    bool is_in_turn() const noexcept { return turn_.is_here(); }
    /// On such an io_context: another thread is at a turn of the connection, against the promise
    /// that there is only one.
    bool is_in_turn_elsewhere() const noexcept { return turn_.is_elsewhere(); }
    /// Once it is open.
    const std::map<std::string, std::vector<std::string>>& supported() const noexcept {
        return protocol_->supported();
    }
    const protocol::agreement& agreed() const noexcept { return agreed_; }
    authenticated_by authenticated() const noexcept { return authenticated_; }
    /// The node is about to end it, as it has said. On its executor.
    bool leaves() const noexcept { return leaves_; }
    /// Null until a stream is there.
    protocol::cql_protocol* protocol() noexcept { return protocol_.get(); }
    /// On its executor.
    bool takes_requests() const noexcept { return protocol_ != nullptr && protocol_->is_ready(); }
    io::clock& clock() noexcept { return clock_; }
    preparations& preparing_again();
    /// Among the connections that share these; 0 where it has none of them.
    preparations::member_number member_number() const noexcept { return member_number_; }

  private:
    /// What it is opened with. Many connections do nothing for most of their lives: it goes as soon
    /// as they are open.
    struct opening {
        explicit opening(connection_options with) noexcept : options(std::move(with)) {}

        connection_options options;
        std::vector<std::string> tablet_version_keys;
        std::shared_ptr<io::tls_tickets> tickets;
        std::optional<io::tls_client_settings> tls;
    };

    void startup_finished(result<void> outcome) override;
    void event_received(const event& happened) override;
    void draining_begun() override { tell_watcher(); }
    void writing_paused() override { pause_pushing(true); }
    void writing_resumed() override { pause_pushing(false); }
    void ending_begun(const error& why) override;
    void connection_ended(std::optional<error> cause) override;
    void context_destroyed() noexcept override;
    std::shared_ptr<const void> kept() noexcept override { return weak_from_this().lock(); }
    static std::shared_ptr<const void> keep(member& whom) noexcept {
        return static_cast<implementation&>(whom).kept();
    }
    bool arriving() noexcept override;
    void all_have_arrived(bool turn_begun) override;

    void begin_out_of_turn(std::shared_ptr<implementation> self, executing&& work,
                           detail::page_handler&& who);
    static boost::asio::awaitable<void> live(std::shared_ptr<implementation> self);
    void make_transport(std::unique_ptr<io::byte_stream> stream);
    bool is_to_try_again();
    boost::asio::awaitable<result<std::unique_ptr<io::byte_stream>>> make_stream();
    protocol::protocol_settings settings() const;
    result<void> check_options() const;
    protocol_version lower_version() const noexcept;
    void begin_close();
    void cancel_opening();
    void opening_ended(result<void> outcome);
    void ended(std::exception_ptr thrown);
    error described(error failure) const;
    void drain_pushed();
    void pause_pushing(bool paused);
    void set_last_error(error cause);
    void tell_watcher();
    void leave_preparations() noexcept;
    void put_transport_away() noexcept;
    io::turn& turn_of_transport() noexcept { return one_thread_ ? turn_ : other_turn_; }

    home home_;
    const bool one_thread_ = made_for_one_thread(home_.executor()) != nullptr;
    endpoint where_;
    std::unique_ptr<opening> opening_; ///< null once it is open
    const std::optional<base::duration> request_timeout_;
    const std::function<void(const event&)> event_handler_;
    const std::function<void(const connection_state&)> watcher_;
    const std::size_t write_buffer_high_;
    const bool hears_of_its_end_; ///< by the event, which otherwise is for us alone
    const io::surroundings surroundings_;
    io::clock& clock_; ///< its own
    uuid host_;
    bool checks_host_ = true;
    std::optional<std::uint32_t> shard_;
    std::shared_ptr<host_counts> counts_;
    bool wants_tablets_ = false;
    protocol_version version_;
    bool raise_version_; ///< to v5 when the server lists it

    io::budget budget_;
    io::interruption stop_;
    std::unique_ptr<protocol::cql_protocol> protocol_;
    io::turn turn_;       ///< the transport's, on an io_context made for one thread
    io::turn other_turn_; ///< the transport's elsewhere, where it tells nothing
    std::unique_ptr<io::stream_transport> transport_;
    bool begun_ = false;
    std::optional<protocol_version> next_version_; ///< the one in use was refused
    std::optional<result<void>> opened_;
    gate opening_over_;
    gate life_over_;

    peer_info peer_;
    phase_times times_;
    protocol::agreement agreed_;
    authenticated_by authenticated_ = authenticated_by::nothing;
    bool leaves_ = false;                        ///< the node is about to end it
    std::shared_ptr<preparations> preparations_; ///< null where it has needed none
    preparations::member_number member_number_ = 0;

    /// What other threads may touch.
    mutable std::mutex mutex_;
    base::buffer pushed_;
    bool drain_posted_ = false;
    bool pushing_allowed_ = false;
    bool pushing_paused_ = false;
    std::optional<error> last_error_;
};

} // namespace cocql::client
