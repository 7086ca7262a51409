#pragma once

#include "io/connect/connector.hpp"
#include "io/name_server.hpp"
#include "own_network.hpp"
#include "staged.hpp"

#include <memory>

namespace cocql::tests {

/// A connection without time limit, to be opened by a name that the test's server is asked for.
inline shared_implementation opening_by_name(boost::asio::io_context& context,
                                             const name_server& names, endpoint where) {
    io::connector_settings settings;
    settings.names = names.settings();
    settings.names.patience = std::chrono::minutes(1);
    auto network = own_network::with(
        io::steady_clock(), [where, settings](io::budget& budget, io::interruption& stop) {
            return io::connect(where, nullptr, io::steady_clock(), budget, stop, settings);
        });
    return std::make_shared<client::implementation>(
        context.get_executor(), where, connection_options().connect_timeout(std::nullopt),
        std::move(network));
}

} // namespace cocql::tests
