#include "io/connect/network.hpp"

#include "io/connect/connector.hpp"
#include "io/connect/resolver.hpp"

#include <utility>

namespace cocql::io {

namespace asio = boost::asio;

namespace {

class network_of_sockets final : public network {
  public:
    asio::awaitable<result<std::unique_ptr<byte_stream>>>
    connect(const endpoint& where, const tls_client_settings* tls, io::clock& clock, budget& budget,
            interruption& stop, connector_settings settings) override {
        return io::connect(where, tls, clock, budget, stop, std::move(settings));
    }
    asio::awaitable<result<std::vector<asio::ip::tcp::endpoint>>>
    resolve(const endpoint& where, interruption& stop, resolver_settings settings) override {
        return io::resolve(where, stop, std::move(settings));
    }
};

} // namespace

network& real_network() noexcept {
    static network_of_sockets instance;
    return instance;
}

} // namespace cocql::io
