#include "failure_text.hpp"

#include <cocql/server_error.hpp>

#include <array>
#include <cstdio>

namespace cocqlsh {

namespace {

using code = cocql::server_error_code;

/// How cqlsh calls an error: its class, and for those that it tells at length a summary.
struct wording {
    cocql::server_error_code code;
    const char* name;
    const char* summary; ///< null: the server's message says it all
};

constexpr auto replicas_late = "Coordinator node timed out waiting for replica nodes' responses";

constexpr std::array<wording, 17> wordings{{
    {code::server_error, "ServerError", nullptr},
    {code::protocol_error, "ProtocolException", nullptr},
    {code::authentication_error, "BadCredentials", nullptr},
    {code::unavailable, "Unavailable", "Unavailable exception"},
    {code::overloaded, "OverloadedErrorMessage", nullptr},
    {code::is_bootstrapping, "IsBootstrappingErrorMessage", nullptr},
    {code::truncate_error, "TruncateError", nullptr},
    {code::write_timeout, "WriteTimeout", replicas_late},
    {code::read_timeout, "ReadTimeout", replicas_late},
    {code::read_failure, "ReadFailure", "Replica(s) failed to execute read"},
    {code::function_failure, "FunctionFailure", "User Defined Function failure"},
    {code::write_failure, "WriteFailure", "Replica(s) failed to execute write"},
    {code::syntax_error, "SyntaxException", nullptr},
    {code::unauthorized, "Unauthorized", "Unauthorized"},
    {code::invalid, "InvalidRequest", "Invalid query"},
    {code::config_error, "ConfigurationException", nullptr},
    {code::unprepared, "PreparedQueryNotFound", nullptr},
}};

std::string field(const char* name, std::int32_t number) {
    return std::string(", '") + name + "': " + std::to_string(number);
}

std::string level(cocql::consistency value) {
    return " info={'consistency': '" + std::string(to_string(value)) + "'";
}

struct info {
    std::string operator()(const cocql::unavailable_details& details) const {
        return level(details.level) + field("required_replicas", details.required) +
               field("alive_replicas", details.alive) + "}";
    }
    std::string operator()(const cocql::write_timeout_details& details) const {
        return level(details.level) + field("required_responses", details.block_for) +
               field("received_responses", details.received) + ", 'write_type': '" +
               details.write_type + "'}";
    }
    std::string operator()(const cocql::read_timeout_details& details) const {
        return level(details.level) + field("required_responses", details.block_for) +
               field("received_responses", details.received) + "}";
    }
    std::string operator()(const cocql::read_failure_details& details) const {
        return level(details.level) + field("required_responses", details.block_for) +
               field("received_responses", details.received) + field("failures", details.failures) +
               "}";
    }
    std::string operator()(const cocql::write_failure_details& details) const {
        return level(details.level) + field("required_responses", details.block_for) +
               field("received_responses", details.received) + field("failures", details.failures) +
               "}";
    }
    std::string operator()(const cocql::cas_write_unknown_details& details) const {
        return level(details.level) + field("required_responses", details.block_for) +
               field("received_responses", details.received) + "}";
    }
    template <class Details>
    std::string operator()(const Details&) const {
        return {};
    }
};

} // namespace

std::string failure_text(const cocql::error& failure) {
    const auto* said = failure.is(cocql::errc::server_error) ? failure.server() : nullptr;
    if (said == nullptr)
        return failure.what();
    if (const auto* what = std::get_if<cocql::already_exists_details>(&said->details))
        return "AlreadyExists: " +
               (what->table.empty() ? "Keyspace '" + what->keyspace
                                    : "Table '" + what->keyspace + "." + what->table) +
               "' already exists";
    for (const auto& each : wordings) {
        if (each.code != said->code)
            continue;
        if (each.summary == nullptr)
            return std::string(each.name) + ": " + said->message;
        std::array<char, 16> number{};
        std::snprintf(number.data(), number.size(), "%04x", static_cast<unsigned>(said->code));
        return std::string(each.name) + ": Error from server: code=" + number.data() + " [" +
               each.summary + "] message=\"" + said->message + "\"" +
               std::visit(info(), said->details);
    }
    return failure.what();
}

} // namespace cocqlsh
