#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cocql::message {

/// What was agreed on with a server of its ERROR messages, beside the protocol's version. Nothing
/// of it changes once a connection is open.
class error_extensions {
  public:
    error_extensions() = default;
    error_extensions(std::optional<std::int32_t> rate_limit) : rate_limit_code(rate_limit) {}
    error_extensions(std::int32_t rate_limit) : rate_limit_code(rate_limit) {}

    /// ScyllaDB: the code of its rate-limit error (SCYLLA_RATE_LIMIT_ERROR).
    std::optional<std::int32_t> rate_limit_code;
    /// ScyllaDB: failures of replicas are told as in v5, with which and why
    /// (SCYLLA_FAILURE_REASON_MAP).
    bool reason_maps = false;
    /// Reasons that are the server's own, by the numbers that it announced for them.
    std::map<std::uint16_t, std::string> reasons;
};

} // namespace cocql::message
