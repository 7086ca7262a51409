#include "core/value/class_name.hpp"
#include "core/wire/notation.hpp"
#include "whole_message.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

namespace cocql::tests {

namespace {

/// Puts the words of a line one after another.
class line {
  public:
    void word(std::string_view text) {
        text_ += ' ';
        text_ += text;
    }
    void number(std::string_view name, std::int64_t number) {
        word(name);
        text_ += '=';
        text_ += std::to_string(number);
    }
    template <class Number>
    void number_if(std::string_view name, const std::optional<Number>& number) {
        if (number)
            this->number(name, static_cast<std::int64_t>(*number));
    }
    void bytes(std::string_view name, std::span<const std::byte> bytes) {
        word(name);
        text_ += '=';
        hexadecimal(bytes);
    }
    void text(std::string_view name, std::string_view text) { bytes(name, wire::as_bytes(text)); }
    void list(std::string_view name, const std::vector<std::string>& texts) {
        open(name);
        for (const auto& each : texts)
            text("", each);
        close();
    }
    void open(std::string_view name) {
        word(name);
        text_ += '(';
    }
    void close() { text_ += " )"; }
    void hexadecimal(std::span<const std::byte> bytes) {
        static constexpr char digits[] = "0123456789abcdef";
        text_ += 'x';
        for (const auto byte : bytes) {
            text_ += digits[std::to_integer<unsigned>(byte) >> 4];
            text_ += digits[std::to_integer<unsigned>(byte) & 15u];
        }
    }
    void raw(std::string_view text) { text_ += text; }
    std::string& take() { return text_; }

  private:
    std::string text_;
};

void put(line& out, std::string_view name, const wire::bytes_map& entries) {
    if (entries.empty())
        return;
    out.open(name);
    for (const auto& [key, bytes] : entries) {
        out.text("", key);
        out.bytes("", bytes);
    }
    out.close();
}

void put(line& out, std::string_view name, const message::bound_value& value) {
    if (value.is_null())
        out.word(std::string(name) + "=null");
    else if (value.is_unset())
        out.word(std::string(name) + "=unset");
    else
        out.bytes(name, value.bytes());
}

void put_values(line& out, const std::vector<message::bound_value>& values,
                const std::vector<std::string>& names) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!names.empty())
        std::sort(order.begin(), order.end(),
                  [&](std::size_t left, std::size_t right) { return names[left] < names[right]; });
    out.open("values");
    for (const auto i : order) {
        if (!names.empty())
            out.text("name", names[i]);
        put(out, "value", values[i]);
    }
    out.close();
}

template <class Message>
void put_options(line& out, const Message& asked) {
    out.number("consistency", static_cast<std::int64_t>(asked.level));
    out.number_if("serial", asked.serial_level);
    out.number_if("timestamp", asked.timestamp);
    out.text("keyspace", asked.keyspace);
    out.number_if("now", asked.now_in_seconds);
}

void put(line& out, const message::query_parameters& parameters) {
    put_options(out, parameters);
    put_values(out, parameters.values, parameters.names);
    out.number("skip", parameters.skip_metadata ? 1 : 0);
    out.number_if("page", parameters.page_size);
    if (parameters.paging_state)
        out.bytes("state", *parameters.paging_state);
}

struct request_describer {
    line& out;

    void operator()(const message::options&) const { out.word("OPTIONS"); }
    void operator()(const message::startup& asked) const {
        out.open("STARTUP");
        for (const auto& [key, text] : asked.options) {
            out.text("", key);
            out.text("", text);
        }
        out.close();
    }
    void operator()(const message::auth_response& asked) const {
        out.bytes("AUTH_RESPONSE", asked.token);
    }
    void operator()(const message::query& asked) const {
        out.text("QUERY", asked.cql);
        put(out, asked.parameters);
    }
    void operator()(const message::prepare& asked) const {
        out.text("PREPARE", asked.cql);
        out.text("keyspace", asked.keyspace);
    }
    void operator()(const message::execute& asked) const {
        out.bytes("EXECUTE", asked.id);
        if (asked.result_metadata_id)
            out.bytes("metadata", *asked.result_metadata_id);
        put(out, asked.parameters);
    }
    void operator()(const message::batch& asked) const {
        out.number("BATCH", static_cast<std::int64_t>(asked.type));
        for (const auto& each : asked.statements) {
            if (const auto* cql = std::get_if<std::string_view>(&each.what))
                out.text("statement", *cql);
            else
                out.bytes("prepared", std::get<std::span<const std::byte>>(each.what));
            put_values(out, each.values, {});
        }
        put_options(out, asked);
    }
    void operator()(const message::register_& asked) const { out.list("REGISTER", asked.events); }
};

void put_type(line& out, const data_type& type) {
    using kind = data_type::kind;
    const auto number = [&](std::uint16_t code) { out.raw(std::to_string(code)); };
    if (type.which() == kind::vector || type.which() == kind::custom) {
        number(0);
        out.hexadecimal(
            wire::as_bytes(type.which() == kind::vector ? values::class_name(type) : type.name()));
        return;
    }
    number(static_cast<std::uint16_t>(type.which()));
    if (type.which() == kind::udt) {
        out.hexadecimal(wire::as_bytes(type.keyspace()));
        out.hexadecimal(wire::as_bytes(type.name()));
    }
    if (type.parameters().empty() && type.which() != kind::udt && type.which() != kind::tuple)
        return;
    out.raw("<");
    for (std::size_t i = 0; i < type.parameters().size(); ++i) {
        out.raw(",");
        if (type.which() == kind::udt)
            out.hexadecimal(wire::as_bytes(type.field_names()[i]));
        put_type(out, type.parameters()[i]);
    }
    out.raw(">");
}

void put(line& out, std::string_view name, const std::vector<column>& columns) {
    out.open(name);
    for (const auto& each : columns) {
        out.text("", each.keyspace);
        out.text("", each.table);
        out.text("", each.name);
        out.word("");
        put_type(out, each.type);
    }
    out.close();
}

void put(line& out, const schema_change& change) {
    out.text("", change.change);
    out.text("", change.target);
    out.text("", change.keyspace);
    out.text("", change.name);
    out.list("", change.arguments);
}

struct details_describer {
    line& out;

    template <class Details>
    void counts(const Details& details) const {
        out.number("consistency", static_cast<std::int64_t>(details.level));
        out.number("received", details.received);
        out.number("block_for", details.block_for);
    }
    template <class Details>
    void failures(const Details& details) const {
        counts(details);
        out.number("failures", details.failures);
        for (const auto& each : details.reasons) {
            out.word(each.replica.to_string());
            out.number("reason", each.code);
        }
    }
    void operator()(const std::monostate&) const {}
    void operator()(const unavailable_details& details) const {
        out.number("consistency", static_cast<std::int64_t>(details.level));
        out.number("required", details.required);
        out.number("alive", details.alive);
    }
    void operator()(const write_timeout_details& details) const {
        counts(details);
        out.text("type", details.write_type);
        out.number_if("contentions", details.contentions);
    }
    void operator()(const read_timeout_details& details) const {
        counts(details);
        out.number("data", details.data_present ? 1 : 0);
    }
    void operator()(const read_failure_details& details) const {
        failures(details);
        out.number("data", details.data_present ? 1 : 0);
    }
    void operator()(const write_failure_details& details) const {
        failures(details);
        out.text("type", details.write_type);
    }
    void operator()(const function_failure_details& details) const {
        out.text("keyspace", details.keyspace);
        out.text("function", details.function);
        out.list("arguments", details.argument_types);
    }
    void operator()(const already_exists_details& details) const {
        out.text("keyspace", details.keyspace);
        out.text("table", details.table);
    }
    void operator()(const unprepared_details& details) const {
        out.bytes("id", details.statement_id);
    }
    void operator()(const cas_write_unknown_details& details) const { counts(details); }
    void operator()(const rate_limit_details& details) const {
        out.number("operation", static_cast<std::int64_t>(details.op));
        out.number("coordinator", details.rejected_by_coordinator ? 1 : 0);
    }
};

struct event_describer {
    line& out;

    template <class Change>
    void operator()(const Change& change) const {
        out.text("", change.change);
        out.word(change.address);
        out.number("port", change.port);
    }
    void operator()(const schema_change& change) const {
        out.word("SCHEMA_CHANGE");
        put(out, change);
    }
    void operator()(const graceful_disconnect& happened) const {
        out.text("unknown", "GRACEFUL_DISCONNECT"); // to others
        out.bytes("content", happened.content);
    }
    void operator()(const unknown_event& happened) const {
        out.text("unknown", happened.type);
        out.bytes("content", happened.content);
    }
};

struct response_describer {
    line& out;

    void operator()(const server_error& said) const {
        out.number("ERROR", static_cast<std::int64_t>(said.code));
        out.text("", said.message);
        std::visit(details_describer{out}, said.details);
    }
    void operator()(const message::ready&) const { out.word("READY"); }
    void operator()(const message::authenticate& said) const {
        out.text("AUTHENTICATE", said.server_class);
    }
    void operator()(const message::supported& said) const {
        out.open("SUPPORTED");
        for (const auto& [key, texts] : said.options) {
            out.text("", key);
            out.list("", texts);
        }
        out.close();
    }
    void operator()(const message::void_result&) const { out.word("VOID"); }
    void operator()(const message::rows_result& said) const {
        out.number("ROWS", static_cast<std::int64_t>(said.row_count));
        if (said.metadata.paging_state)
            out.bytes("more", *said.metadata.paging_state);
        if (said.metadata.new_metadata_id)
            out.bytes("changed", *said.metadata.new_metadata_id);
        out.number("width", static_cast<std::int64_t>(said.metadata.column_count));
        put(out, "columns", said.metadata.columns);
        base::byte_reader in(said.cells);
        for (std::size_t i = 0; i < said.row_count * said.metadata.column_count; ++i) {
            const auto cell = wire::read_bytes(in);
            if (cell)
                out.bytes("", *cell);
            else
                out.word("null");
        }
    }
    void operator()(const message::set_keyspace_result& said) const {
        out.text("SET_KEYSPACE", said.keyspace);
    }
    void operator()(const message::prepared_result& said) const {
        out.bytes("PREPARED", said.id);
        if (said.result_metadata_id)
            out.bytes("metadata", *said.result_metadata_id);
        out.open("key");
        for (const auto index : said.partition_key_indices)
            out.number("", index);
        out.close();
        put(out, "parameters", said.parameters);
        put(out, "result", said.result.columns);
    }
    void operator()(const schema_change& said) const {
        out.word("CHANGED");
        put(out, said);
    }
    void operator()(const event& said) const {
        out.word("EVENT");
        std::visit(event_describer{out}, said);
    }
    void operator()(const message::auth_challenge& said) const {
        out.bytes("AUTH_CHALLENGE", said.token);
    }
    void operator()(const message::auth_success& said) const {
        out.bytes("AUTH_SUCCESS", said.token);
    }
};

} // namespace

std::string describe(const whole_message& whole) {
    line out;
    out.raw("v" + std::to_string(static_cast<int>(whole.version)));
    out.number("stream", whole.stream);
    if (const auto* asked = std::get_if<message::decoded_request>(&whole.content)) {
        std::visit(request_describer{out}, asked->message);
        if (whole.tracing)
            out.word("traced");
        put(out, "payload", asked->custom_payload);
        return std::move(out.take());
    }
    const auto& said = std::get<message::decoded_response>(whole.content);
    std::visit(response_describer{out}, said.message);
    if (said.envelope.tracing_id)
        out.bytes("traced", said.envelope.tracing_id->bytes);
    if (!said.envelope.warnings.empty())
        out.list("warnings", said.envelope.warnings);
    put(out, "payload", said.envelope.custom_payload);
    return std::move(out.take());
}

} // namespace cocql::tests
