#pragma once

#include "core/base/time.hpp"
#include "core/wire/frame_assembler.hpp"

#include <cocql/authenticator.hpp>
#include <cocql/compression.hpp>
#include <cocql/event.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cocql::protocol {

/// How one connection's state machine behaves; see connection_options for what each setting means.
class protocol_settings {
  public:
    protocol_settings() = default;

    /// OPTIONS is sent in this one.
    protocol_version version = protocol_version::v4;
    /// STARTUP is sent in v5 when SUPPORTED lists it.
    bool raise_version = false;
    cocql::compression compression = cocql::compression::none;
    std::map<std::string, std::string> startup_options;
    std::shared_ptr<const authenticator_provider> authentication;
    std::vector<event_type> event_types;
    /// The event of this name is registered for where the server has it.
    bool graceful_disconnect = false;
    /// The node that is meant: another one that says which it is, is refused.
    std::optional<uuid> host;
    std::string keyspace;
    /// Answers are to tell where tablets are, if the server can.
    bool wants_tablets = false;
    /// And in the second version where it offers one of these, the best first; in the first one
    /// otherwise.
    std::vector<std::string> tablet_version_keys;
    /// Opening must be over by then.
    base::time_point startup_deadline = base::never;
    std::optional<base::duration> heartbeat_interval = std::chrono::seconds(30);
    base::duration heartbeat_timeout = std::chrono::seconds(5);
    std::size_t max_in_flight = 32768;
    std::size_t orphan_count_limit = 1024;
    base::duration orphan_age_limit = std::chrono::seconds(60);
    std::size_t write_buffer_high = 1024 * 1024;
    std::size_t write_buffer_low = 256 * 1024;
    std::size_t max_frame_size = wire::frame_assembler::default_limit;
    std::size_t max_request_size = wire::frame_assembler::default_limit;
    /// The server's address, for error texts.
    std::string endpoint;
};

} // namespace cocql::protocol
