#pragma once

#include "testing/memory_network.hpp"
#include "testing/node_listener.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace cocql::testing {

/// Listens at an address of a network in memory.
class memory_listener final : public node_listener {
  public:
    /// As memory_network::listen().
    memory_listener(std::shared_ptr<memory_network> where, std::string host, std::uint16_t port,
                    boost::asio::any_io_executor executor, memory_network::taker by)
        : network_(std::move(where)),
          host_(std::move(host)),
          port_(network_->listen(host_, port, std::move(executor), std::move(by))) {}

    std::uint16_t port() const noexcept override { return port_; }
    void close() override {
        if (const auto network = std::exchange(network_, nullptr))
            network->stop_listening(host_, port_);
    }

  private:
    std::shared_ptr<memory_network> network_; ///< null when it is closed
    const std::string host_;
    const std::uint16_t port_;
};

} // namespace cocql::testing
