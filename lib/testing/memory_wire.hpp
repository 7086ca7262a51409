#pragma once

#include "io/bridge/signal_event.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cocql::testing {

/// What lies between the two ends of a connection in memory: what is under way in each direction,
/// and what the network does to it. One executor.
class memory_wire {
  public:
    /// From one end to the other. It takes so much as two systems do between them when nobody
    /// reads.
    class way {
      public:
        static constexpr std::size_t capacity = 1024 * 1024;

        way(const boost::asio::any_io_executor& from, const boost::asio::any_io_executor& to)
            : arrived(to), room(from) {}

        /// How much of it has gone in.
        std::size_t put(std::span<const std::byte> from);
        /// 0: there is nothing.
        std::size_t take(std::span<std::byte> into);

        bool ended = false;      ///< the one end says no more
        bool refused = false;    ///< the other reads no more
        std::uint64_t given = 0; ///< in all
        io::signal_event arrived;
        io::signal_event room;

      private:
        std::vector<std::byte> bytes_;
        std::size_t taken_ = 0;
    };

    memory_wire(const boost::asio::any_io_executor& client,
                const boost::asio::any_io_executor& server)
        : to_server(client, server), to_client(server, client) {}
    memory_wire(const memory_wire&) = delete;
    memory_wire& operator=(const memory_wire&) = delete;

    /// Nothing comes through, be it bytes or an end, until it is released.
    void hold();
    void release();
    bool is_held() const noexcept { return held_; }
    /// As one system tells the other that it knows nothing of the connection.
    void reset();
    bool is_reset() const noexcept { return reset_; }
    /// Of what has been given to a way: what the other system has said that it has.
    std::uint64_t acknowledged(const way& which) const noexcept;

    way to_server;
    way to_client;

  private:
    void wake_all();

    bool held_ = false;
    bool reset_ = false;
    std::uint64_t held_at_server_ = 0; ///< what each had acknowledged before it was held
    std::uint64_t held_at_client_ = 0;
};

} // namespace cocql::testing
