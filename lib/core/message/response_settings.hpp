#pragma once

#include <cstdint>
#include <optional>

namespace cocql::message {

/// What a connection agreed on at start-up that changes how its responses are read.
class response_settings {
  public:
    response_settings() = default;

    /// The ERROR code of ScyllaDB's rate limit (SCYLLA_RATE_LIMIT_ERROR in SUPPORTED), if negotiated.
    std::optional<std::int32_t> rate_limit_code;
};

} // namespace cocql::message
