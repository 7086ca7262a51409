#pragma once

#include "../bytes.hpp"
#include "core/message/decode_request.hpp"
#include "core/message/response.hpp"

#include <cocql/value.hpp>

#include <string>
#include <type_traits>
#include <variant>

/// What a message says, in one line, so that a test can state it.
namespace cocql::tests {

inline std::string summary(const schema_change& change) {
    auto text = change.change + " " + change.target + " " + change.keyspace;
    if (!change.name.empty())
        text += "." + change.name;
    for (const auto& argument : change.arguments)
        text += " " + argument;
    return text;
}

inline std::string summary(const event& happened) {
    return std::visit(
        [](const auto& change) -> std::string {
            using type = std::decay_t<decltype(change)>;
            if constexpr (std::is_same_v<type, schema_change>)
                return summary(change);
            else if constexpr (std::is_same_v<type, graceful_disconnect>)
                return "GRACEFUL_DISCONNECT";
            else if constexpr (std::is_same_v<type, unknown_event>)
                return "unknown " + change.type;
            else
                return change.change + " " + change.address + ":" + std::to_string(change.port);
        },
        happened);
}

inline std::string summary(const std::vector<column>& columns) {
    std::string text;
    for (const auto& each : columns)
        text += (text.empty() ? "" : ", ") + each.keyspace + "." + each.table + "." + each.name +
                " " + each.type.to_string();
    return "(" + text + ")";
}

inline std::string summary(const message::rows_result& rows) {
    auto text = "Rows " + summary(rows.metadata.columns);
    if (rows.metadata.no_metadata)
        text += " no metadata for " + std::to_string(rows.metadata.column_count);
    if (rows.metadata.paging_state)
        text += " more " + to_hex(*rows.metadata.paging_state);
    if (rows.metadata.new_metadata_id)
        text += " changed to " + to_hex(*rows.metadata.new_metadata_id);
    base::byte_reader in(rows.cells);
    for (std::size_t row = 0; row < rows.row_count; ++row) {
        text += " [";
        for (std::size_t i = 0; i < rows.metadata.column_count; ++i) {
            text += i == 0 ? "" : ", ";
            const auto cell = wire::read_bytes(in);
            if (!cell) {
                text += "null";
            } else if (rows.metadata.columns.empty()) {
                text += to_hex(*cell);
            } else {
                const auto& type = rows.metadata.columns[i].type;
                const auto decoded = decode(type, *cell);
                text += decoded ? format(type, *decoded) : "undecodable";
            }
        }
        text += "]";
    }
    return text;
}

inline std::string summary(const server_error& said) {
    auto text = std::string(to_string(said.code));
    if (text.empty())
        text = std::to_string(static_cast<std::int32_t>(said.code));
    text += " '" + said.message + "'";
    const auto counts = [](const auto& details) {
        return " " + std::string(to_string(details.level)) + " " +
               std::to_string(details.received) + "/" + std::to_string(details.block_for);
    };
    const auto reasons = [](const std::vector<failure_reason>& all) {
        std::string list;
        for (const auto& each : all)
            list += " " + each.replica.to_string() + "=" + std::to_string(each.code);
        return list;
    };
    return text +
           std::visit(
               [&](const auto& details) -> std::string {
                   using type = std::decay_t<decltype(details)>;
                   if constexpr (std::is_same_v<type, std::monostate>)
                       return "";
                   else if constexpr (std::is_same_v<type, unavailable_details>)
                       return " " + std::string(to_string(details.level)) + " alive " +
                              std::to_string(details.alive) + " of " +
                              std::to_string(details.required);
                   else if constexpr (std::is_same_v<type, write_timeout_details>)
                       return counts(details) + " " + details.write_type +
                              (details.contentions
                                   ? " contentions " + std::to_string(*details.contentions)
                                   : "");
                   else if constexpr (std::is_same_v<type, read_timeout_details>)
                       return counts(details) + (details.data_present ? " data" : " no data");
                   else if constexpr (std::is_same_v<type, read_failure_details>)
                       return counts(details) + " failures " + std::to_string(details.failures) +
                              reasons(details.reasons) +
                              (details.data_present ? " data" : " no data");
                   else if constexpr (std::is_same_v<type, write_failure_details>)
                       return counts(details) + " failures " + std::to_string(details.failures) +
                              reasons(details.reasons) + " " + details.write_type;
                   else if constexpr (std::is_same_v<type, cas_write_unknown_details>)
                       return counts(details);
                   else if constexpr (std::is_same_v<type, function_failure_details>)
                       return " " + details.keyspace + "." + details.function + " " +
                              std::to_string(details.argument_types.size());
                   else if constexpr (std::is_same_v<type, already_exists_details>)
                       return " " + details.keyspace + "." + details.table;
                   else if constexpr (std::is_same_v<type, unprepared_details>)
                       return " id " + to_hex(details.statement_id);
                   else
                       return std::string(details.op == rate_limit_details::operation::write
                                              ? " write"
                                              : " read") +
                              (details.rejected_by_coordinator ? " by coordinator" : " by replica");
               },
               said.details);
}

inline std::string summary(const message::response& message) {
    return std::visit(
        [](const auto& said) -> std::string {
            using type = std::decay_t<decltype(said)>;
            if constexpr (std::is_same_v<type, message::ready>)
                return "READY";
            else if constexpr (std::is_same_v<type, message::authenticate>)
                return "AUTHENTICATE " + said.server_class;
            else if constexpr (std::is_same_v<type, message::supported>) {
                std::string text = "SUPPORTED";
                for (const auto& [key, values] : said.options) {
                    text += " " + key + "=";
                    for (std::size_t i = 0; i < values.size(); ++i)
                        text += (i == 0 ? "" : ",") + values[i];
                }
                return text;
            } else if constexpr (std::is_same_v<type, message::void_result>)
                return "Void";
            else if constexpr (std::is_same_v<type, message::set_keyspace_result>)
                return "Set_keyspace " + said.keyspace;
            else if constexpr (std::is_same_v<type, message::prepared_result>) {
                auto text =
                    "Prepared " + to_hex(said.id) +
                    (said.result_metadata_id ? " metadata " + to_hex(*said.result_metadata_id)
                                             : "") +
                    " flags " + std::to_string(said.flags) + " " + summary(said.parameters) +
                    " key";
                for (const auto index : said.partition_key_indices)
                    text += " " + std::to_string(index);
                return text + " -> " + summary(said.result.columns);
            } else if constexpr (std::is_same_v<type, message::auth_challenge>)
                return "AUTH_CHALLENGE " + to_hex(said.token);
            else if constexpr (std::is_same_v<type, message::auth_success>)
                return "AUTH_SUCCESS '" + to_hex(said.token) + "'";
            else if constexpr (std::is_same_v<type, server_error>)
                return "ERROR " + summary(said);
            else if constexpr (std::is_same_v<type, event>)
                return "EVENT " + summary(said);
            else
                return summary(said);
        },
        message);
}

inline std::string summary(const message::decoded_response& whole) {
    auto text = summary(whole.message);
    for (const auto& [key, payload] : whole.envelope.custom_payload)
        text += " +" + key + ":" + std::to_string(payload.size());
    for (const auto& warning : whole.envelope.warnings)
        text += " warning '" + warning + "'";
    if (whole.envelope.tracing_id)
        text += " traced " + whole.envelope.tracing_id->to_string();
    return text;
}

inline std::string summary(const message::query_parameters& parameters) {
    std::string text = " " + std::string(to_string(parameters.level));
    for (std::size_t i = 0; i < parameters.values.size(); ++i) {
        const auto& each = parameters.values[i];
        text += " ";
        if (!parameters.names.empty())
            text += parameters.names[i] + "=";
        text += each.is_null() ? "null" : each.is_unset() ? "unset" : to_hex(each.bytes());
    }
    if (parameters.skip_metadata)
        text += " skip metadata";
    if (parameters.page_size)
        text += " page " + std::to_string(*parameters.page_size);
    if (parameters.paging_state)
        text += " after " + to_hex(*parameters.paging_state);
    if (parameters.serial_level)
        text += " serial " + std::string(to_string(*parameters.serial_level));
    if (parameters.timestamp)
        text += " at " + std::to_string(*parameters.timestamp);
    if (!parameters.keyspace.empty())
        text += " in " + std::string(parameters.keyspace);
    if (parameters.now_in_seconds)
        text += " now " + std::to_string(*parameters.now_in_seconds);
    return text;
}

inline std::string summary(const message::any_request& message) {
    return std::visit(
        [](const auto& asked) -> std::string {
            using type = std::decay_t<decltype(asked)>;
            auto text = std::string(wire::to_string(asked.opcode()));
            if constexpr (std::is_same_v<type, message::startup>) {
                for (const auto& [key, entry] : asked.options)
                    text += " " + key + "=" + entry;
            } else if constexpr (std::is_same_v<type, message::auth_response>) {
                text += " " + to_hex(asked.token);
            } else if constexpr (std::is_same_v<type, message::query>) {
                text += " '" + std::string(asked.cql) + "'" + summary(asked.parameters);
            } else if constexpr (std::is_same_v<type, message::prepare>) {
                text += " '" + std::string(asked.cql) + "'";
                if (!asked.keyspace.empty())
                    text += " in " + std::string(asked.keyspace);
            } else if constexpr (std::is_same_v<type, message::execute>) {
                text += " " + to_hex(asked.id);
                if (asked.result_metadata_id)
                    text += " metadata " + to_hex(*asked.result_metadata_id);
                if (asked.version_block)
                    text += " block " + to_hex(bytes{std::byte{*asked.version_block}});
                text += summary(asked.parameters);
            } else if constexpr (std::is_same_v<type, message::batch>) {
                text += " " + std::to_string(static_cast<int>(asked.type)) + " of " +
                        std::to_string(asked.statements.size()) + " " +
                        std::string(to_string(asked.level));
            } else if constexpr (std::is_same_v<type, message::register_>) {
                for (const auto& name : asked.events)
                    text += " " + name;
            }
            return text;
        },
        message);
}

} // namespace cocql::tests
