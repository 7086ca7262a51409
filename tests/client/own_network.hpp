#pragma once

#include "io/connect/connector.hpp"
#include "io/connect/network.hpp"
#include "io/connect/resolver.hpp"
#include "io/connect/surroundings.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace cocql::tests {

/// A network whose streams a function makes, be they asked for where they may; names are looked up
/// as they are anywhere.
class own_network final : public io::network {
  public:
    using source = std::function<boost::asio::awaitable<result<std::unique_ptr<io::byte_stream>>>(
        io::budget& budget, io::interruption& stop)>;

    explicit own_network(source streams) : streams_(std::move(streams)) {}

    boost::asio::awaitable<result<std::unique_ptr<io::byte_stream>>>
    connect(const endpoint& where, const io::tls_client_settings* tls, io::clock& clock,
            io::budget& budget, io::interruption& stop, io::connector_settings settings) override {
        static_cast<void>(where);
        static_cast<void>(tls);
        static_cast<void>(clock);
        static_cast<void>(settings);
        return streams_(budget, stop);
    }
    boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
    resolve(const endpoint& where, io::interruption& stop,
            io::resolver_settings settings) override {
        return io::resolve(where, stop, std::move(settings));
    }

    /// Where connections have their streams from the source.
    static io::surroundings with(io::clock& clock, source streams) {
        auto made = std::make_shared<own_network>(std::move(streams));
        auto& network = *made;
        return {std::move(made), clock, network, nullptr};
    }

  private:
    source streams_;
};

} // namespace cocql::tests
