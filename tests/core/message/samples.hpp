#pragma once

#include "../bytes.hpp"
#include "core/message/decode_request.hpp"
#include "core/message/response.hpp"

#include <string>
#include <utility>
#include <vector>

/// One message of every kind, with every field in use, as frames.
namespace cocql::tests {

struct sample {
    std::string name;
    bytes frame;
};

inline bytes response_frame(const message::response& said, protocol_version version,
                            const message::response_envelope& envelope = {}) {
    base::buffer out;
    message::encode_response(out, said, version, 7, envelope);
    return {out.view().begin(), out.view().end()};
}

inline bytes request_frame(const message::request& asked, protocol_version version) {
    base::buffer out;
    base::byte_writer writer(out);
    wire::frame_header header;
    header.version = static_cast<std::uint8_t>(version);
    header.opcode = asked.opcode();
    header.encode(writer);
    if (!asked.encode(writer, version))
        return {};
    writer.patch_i32(5, static_cast<std::int32_t>(out.size() - wire::frame_header::size));
    return {out.view().begin(), out.view().end()};
}

inline failure_reason reason(const char* address, std::uint16_t code) {
    return {inet_address::parse(address).value(), code};
}

inline std::vector<server_error> sample_errors(protocol_version version = protocol_version::v4) {
    const bool v5 = version >= protocol_version::v5;
    const std::vector<failure_reason> reasons =
        v5 ? std::vector{reason("127.0.0.2", 0), reason("2001:db8::1", 2)}
           : std::vector<failure_reason>();
    const std::int32_t failures = v5 ? 2 : 1;
    using code = server_error_code;
    std::vector<server_error> errors;
    for (const auto plain :
         {code::server_error, code::protocol_error, code::authentication_error, code::overloaded,
          code::is_bootstrapping, code::truncate_error, code::syntax_error, code::unauthorized,
          code::invalid, code::config_error})
        errors.push_back({plain, "plain", {}});
    errors.push_back({code::unavailable, "m", unavailable_details{consistency::all, 3, 2}});
    errors.push_back(
        {code::write_timeout, "m", write_timeout_details{consistency::quorum, 1, 2, "SIMPLE", {}}});
    errors.push_back({code::read_timeout, "m", read_timeout_details{consistency::two, 1, 2, true}});
    errors.push_back({code::read_failure, "m",
                      read_failure_details{consistency::one, 0, 1, failures, reasons, false}});
    errors.push_back(
        {code::write_failure, "m",
         write_failure_details{consistency::one, 0, 1, failures, reasons, "BATCH_LOG"}});
    errors.push_back(
        {code::function_failure, "m", function_failure_details{"ks", "f", {"int", "text"}}});
    errors.push_back({code::already_exists, "m", already_exists_details{"ks", "t"}});
    errors.push_back({code::unprepared, "m", unprepared_details{hex("0102030405")}});
    errors.push_back({static_cast<code>(0xf000), "m",
                      rate_limit_details{rate_limit_details::operation::write, true}});
    errors.push_back({code::cdc_write_failure, "m", {}});
    errors.push_back(
        {code::cas_write_unknown, "m", cas_write_unknown_details{consistency::serial, 1, 2}});
    return errors;
}

/// A type with everything in it that a type can have.
inline data_type sample_type() {
    using kind = data_type::kind;
    return data_type::map(kind::text,
                          data_type::list(data_type::tuple(
                              {kind::int_,
                               data_type::udt("ks", "address", {"street", "codes"},
                                              {kind::text, data_type::set(kind::bigint)}),
                               kind::duration, data_type::custom("org.example.Type")})));
}

inline std::vector<column> sample_columns() {
    return {{"ks", "t", "k", data_type::kind::int_}, {"ks", "t", "v", sample_type()}};
}

inline const bytes& sample_cells() {
    static const bytes cells = hex("00000004 00000001 ffffffff 00000004 00000002 00000000");
    return cells;
}

inline message::rows_result sample_rows() {
    message::rows_result rows;
    rows.metadata.columns = sample_columns();
    rows.metadata.column_count = 2;
    rows.metadata.paging_state = hex("0a0b0c");
    rows.row_count = 2;
    rows.cells = sample_cells();
    return rows;
}

inline message::prepared_result sample_prepared(protocol_version version) {
    message::prepared_result prepared;
    prepared.id = hex("00112233");
    if (version >= protocol_version::v5)
        prepared.result_metadata_id = hex("4cf720de99fb9330");
    prepared.flags = 1;
    if (version >= protocol_version::v4)
        prepared.partition_key_indices = {0};
    prepared.parameters = sample_columns();
    prepared.result.columns = sample_columns();
    prepared.result.columns[1].table = "u"; // not of one table: each column says its own
    prepared.result.column_count = 2;
    return prepared;
}

/// The rate-limit code that the samples use.
inline constexpr std::int32_t sample_rate_limit_code = 0xf000;

inline std::vector<sample> sample_responses(protocol_version version) {
    std::vector<sample> samples;
    const auto add = [&](std::string name, const message::response& said,
                         const message::response_envelope& envelope = {}) {
        samples.push_back({std::move(name), response_frame(said, version, envelope)});
    };
    for (const auto& each : sample_errors(version))
        add("ERROR " + std::string(to_string(each.code)), each);
    add("READY", message::ready());
    add("AUTHENTICATE", message::authenticate{"org.example.Authenticator"});
    add("SUPPORTED", message::supported{{{"A", {"x", "y"}}, {"B", {}}}});
    add("RESULT/Void", message::void_result());
    add("RESULT/Rows", sample_rows());
    auto changed = sample_rows();
    changed.metadata.new_metadata_id = hex("0d0e0f");
    add("RESULT/Rows of changed columns", changed);
    add("RESULT/Set_keyspace", message::set_keyspace_result{"ks"});
    add("RESULT/Prepared", sample_prepared(version));
    for (const char* target : {"KEYSPACE", "TABLE", "TYPE", "FUNCTION", "AGGREGATE"}) {
        schema_change change{"CREATED", target, "ks", "", {}};
        if (change.target != "KEYSPACE")
            change.name = "n";
        if (change.target == "FUNCTION" || change.target == "AGGREGATE")
            change.arguments = {"int", "text"};
        add("RESULT/Schema_change " + change.target, change);
        add("EVENT SCHEMA_CHANGE " + change.target, event(change));
    }
    add("EVENT TOPOLOGY_CHANGE", event(topology_change{"NEW_NODE", "127.0.0.1", 9042}));
    add("EVENT STATUS_CHANGE", event(status_change{"DOWN", "::1", 9042}));
    add("AUTH_CHALLENGE", message::auth_challenge{hex("0102")});
    add("AUTH_SUCCESS", message::auth_success{hex("03")});
    message::response_envelope envelope;
    envelope.tracing_id = uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8");
    if (version >= protocol_version::v4) {
        envelope.warnings = {"slow", "large"};
        envelope.custom_payload = {{"key", hex("0102")}, {"other", {}}};
    }
    add("RESULT/Rows with everything before it", sample_rows(), envelope);
    add("ERROR with everything before it", sample_errors()[10], envelope);
    return samples;
}

inline std::vector<sample> sample_requests(protocol_version version) {
    std::vector<sample> samples;
    const auto add = [&](std::string name, const message::request& asked) {
        samples.push_back({std::move(name), request_frame(asked, version)});
    };
    static const auto value_bytes = hex("00000001");
    static const auto id = hex("00112233445566778899aabbccddeeff");
    message::query_parameters parameters;
    parameters.level = consistency::quorum;
    parameters.values = {message::bound_value::of(value_bytes), message::bound_value::null()};
    if (version >= protocol_version::v4)
        parameters.values.push_back(message::bound_value::unset());
    parameters.skip_metadata = true;
    parameters.page_size = 100;
    parameters.paging_state = std::span<const std::byte>(value_bytes);
    parameters.serial_level = consistency::local_serial;
    parameters.timestamp = 1234567890123456;
    if (version >= protocol_version::v5) {
        parameters.keyspace = "ks";
        parameters.now_in_seconds = 1700000000;
    }
    auto named = parameters;
    named.names.assign(parameters.values.size(), "n");

    add("OPTIONS", message::options());
    message::startup startup;
    startup.options = {{"CQL_VERSION", "3.0.0"}, {"DRIVER_NAME", "cocql"}};
    add("STARTUP", startup);
    message::auth_response auth_response;
    auth_response.token = hex("0061620063");
    add("AUTH_RESPONSE", auth_response);
    add("QUERY", message::query("SELECT 1"));
    add("QUERY with everything", message::query("SELECT 1", parameters));
    add("QUERY with names", message::query("SELECT 1", named));
    add("PREPARE", message::prepare("SELECT 1"));
    if (version >= protocol_version::v5)
        add("PREPARE in a keyspace", message::prepare("SELECT 1", "ks"));
    message::execute execute(id, parameters);
    if (version >= protocol_version::v5)
        execute.result_metadata_id = std::span<const std::byte>(value_bytes);
    add("EXECUTE", execute);
    message::batch batch;
    batch.type = message::batch_type::unlogged;
    batch.statements.emplace_back(std::string_view("INSERT"), parameters.values);
    batch.statements.emplace_back(std::span<const std::byte>(id));
    batch.level = consistency::two;
    batch.serial_level = consistency::serial;
    batch.timestamp = -1;
    if (version >= protocol_version::v5) {
        batch.keyspace = "ks";
        batch.now_in_seconds = 0;
    }
    add("BATCH", batch);
    message::register_ events;
    events.events = {"STATUS_CHANGE", "SCHEMA_CHANGE"};
    add("REGISTER", events);
    return samples;
}

inline wire::frame_header header_of(const bytes& frame) {
    return wire::frame_header::decode(std::span<const std::byte>(frame).first<9>());
}
inline std::span<const std::byte> body_of(const bytes& frame) {
    return std::span<const std::byte>(frame).subspan(9);
}

} // namespace cocql::tests
