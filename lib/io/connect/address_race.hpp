#pragma once

#include "io/bridge/clock.hpp"
#include "io/connect/alarm.hpp"

#include <cocql/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cocql::io {

/// Connects to the first of several addresses that lets itself be connected to. They are tried in
/// turn, but none waits long for the one before it: the next is tried when that has failed, or has
/// said nothing for a quarter of a second, and it goes on being tried meanwhile. The families take
/// turns (RFC 8305, "Happy Eyeballs"). So a dead address costs a quarter of a second at most.
///
/// Once begun it is kept by nothing but what waits in the executor for its sockets: where the
/// context is destroyed, it goes with them, and whoever waits for it goes with it.
class address_race : public std::enable_shared_from_this<address_race> {
  public:
    using tcp = boost::asio::ip::tcp;

    static constexpr std::chrono::milliseconds head_start{250};

    /// Of the one who waits.
    struct outcome {
        std::optional<tcp::socket> socket; ///< connected; nothing where none is
        /// What has come of the addresses that were tried, in their order.
        std::vector<error> attempts;
    };

    /// There must be an address. `local_port`: from where to connect; 0: the system chooses.
    address_race(boost::asio::any_io_executor executor, clock& clock,
                 std::vector<tcp::endpoint> addresses, std::uint16_t local_port, outcome& into);

    /// Once, on the executor. The handler is posted there when the outcome is known.
    template <class Handler>
    void begin(Handler&& handler) {
        waiter_.emplace(std::forward<Handler>(handler));
        try_next();
    }
    /// Ends it here and now, without a socket.
    void give_up();

  private:
    struct lane {
        tcp::endpoint address;
        tcp::socket socket;
        std::optional<error> failure;
        bool tried = false;
    };

    void try_next();
    /// False when it failed at once.
    bool try_one(lane& one);
    void tried(lane& one, boost::system::error_code code);
    void finish(lane* winner);

    boost::asio::any_io_executor executor_;
    clock& clock_;
    std::uint16_t local_port_;
    outcome& outcome_; ///< while there is somebody who waits
    std::vector<lane> lanes_;
    std::size_t next_ = 0;
    std::size_t under_way_ = 0;
    /// In an optional: assigning to an any_completion_handler recurses for ever in Asio 1.26.
    std::optional<boost::asio::any_completion_handler<void()>> waiter_;
    /// One for each lane that another waits for. None is destroyed before the end: it may be
    /// ringing.
    std::deque<alarm> head_starts_;
};

} // namespace cocql::io
