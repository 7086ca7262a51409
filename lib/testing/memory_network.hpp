#pragma once

#include "io/connect/network.hpp"
#include "io/stream/byte_stream.hpp"
#include "testing/memory_pipe.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// A network without sockets: whoever listens at an address is connected to in memory, at once. A
/// host can be cut off, and then nothing comes through to it or from it. One executor. Speaks no
/// TLS.
///
/// Whoever waits for a host that is cut off does so as long as its own budget allows.
class memory_network final : public io::network {
  public:
    /// Takes the server's end of a connection.
    using taker = std::function<void(std::unique_ptr<io::byte_stream>)>;

    memory_network() = default;
    memory_network(const memory_network&) = delete;
    memory_network& operator=(const memory_network&) = delete;

    /// The first at which nobody listens, from that one on.
    std::uint16_t free_port(const std::string& host, std::uint16_t from) const;
    /// Port 0: the first that is free from CQL's own on. Gives the port. Throws
    /// boost::system::system_error when somebody listens there.
    std::uint16_t listen(const std::string& host, std::uint16_t port,
                         boost::asio::any_io_executor executor, taker by);
    void stop_listening(const std::string& host, std::uint16_t port);

    /// Whoever connects waits, and of what is connected nothing is heard on either side, until the
    /// host is joined again.
    void cut_off(const std::string& host);
    void join(const std::string& host);
    /// The host knows nothing of its connections any more, and says so.
    void reset(const std::string& host);
    /// What the name leads to, in the order in which to try it.
    void name(const std::string& name, std::vector<std::string> hosts);

    boost::asio::awaitable<result<std::unique_ptr<io::byte_stream>>>
    connect(const endpoint& where, const io::tls_client_settings* tls, io::clock& clock,
            io::budget& budget, io::interruption& stop, io::connector_settings settings) override;
    boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
    resolve(const endpoint& where, io::interruption& stop, io::resolver_settings settings) override;

  private:
    using place = std::pair<std::string, std::uint16_t>;
    struct listener {
        boost::asio::any_io_executor executor;
        taker by;
    };
    /// One that was made, from a port of the client's.
    struct connection {
        std::uint16_t from;
        place to;
        std::weak_ptr<memory_wire> between;
    };
    class waiting;

    result<std::unique_ptr<io::byte_stream>> connect_at_once(const place& to, std::uint16_t from,
                                                             boost::asio::any_io_executor executor);
    std::uint16_t next_port(const place& to);
    bool is_taken(std::uint16_t from, const place& to) const;
    void forget_ended();
    template <class Function>
    void at_each_of(const std::string& host, Function what);

    std::map<place, std::shared_ptr<const listener>> listeners_;
    std::list<connection> connections_;
    std::set<std::string> cut_off_;
    std::map<std::string, std::vector<std::string>> names_;
    std::uint16_t last_port_ = 0;
    /// Shared with those who wait: they may be destroyed after it.
    std::shared_ptr<std::list<waiting*>> waiting_ = std::make_shared<std::list<waiting*>>();
};

} // namespace cocql::testing
