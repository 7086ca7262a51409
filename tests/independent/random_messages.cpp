#include "random_messages.hpp"

#include "core/wire/notation.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace cocql::tests {

whole_message random_messages::next() {
    texts_.clear();
    cells_ = message::cell_writer();
    whole_message whole;
    whole.version = version_;
    whole.stream = static_cast<std::int16_t>(below(32'768));
    if (one_in(2)) {
        whole.tracing = one_in(4);
        message::decoded_request asked;
        if (v4() && one_in(6))
            asked.custom_payload = payload();
        asked.message = request();
        whole.content = std::move(asked);
        return whole;
    }
    message::decoded_response said;
    said.envelope = envelope();
    said.message = response();
    if (std::holds_alternative<event>(said.message))
        whole.stream = -1;
    whole.content = std::move(said);
    return whole;
}

std::size_t random_messages::length(std::size_t least, std::size_t most) {
    static constexpr std::array<std::size_t, 6> limits{8, 8, 40, 40, 300, 3'000};
    auto limit = limits[below(limits.size())];
    if (one_in(2'000))
        limit = most;
    return std::min(most, least + below(limit));
}

std::string_view random_messages::text(std::size_t least, std::size_t most) {
    auto& made = texts_.emplace_back(length(least, most), '\0');
    // Half of them cannot be compressed, the others repeat themselves.
    const auto letters = one_in(2) ? 256u : 1u + static_cast<unsigned>(below(6));
    const auto first = static_cast<unsigned>(letters == 256 ? 0 : 'a');
    for (auto& letter : made)
        letter = static_cast<char>(first + below(letters));
    return made;
}

std::span<const std::byte> random_messages::bytes(std::size_t least, std::size_t most) {
    return wire::as_bytes(text(least, most));
}

std::vector<std::byte> random_messages::own_bytes(std::size_t least) {
    const auto made = bytes(least);
    return {made.begin(), made.end()};
}

std::vector<std::string> random_messages::texts() {
    std::vector<std::string> made(below(5));
    for (auto& each : made)
        each = text();
    return made;
}

wire::bytes_map random_messages::payload() {
    wire::bytes_map made;
    for (auto count = 1 + below(3); count > 0; --count)
        made[std::string(text())] = own_bytes();
    return made;
}

inet_address random_messages::address() {
    std::array<std::byte, 16> made{};
    for (auto& each : made)
        // Zeros often: their runs are what the short form of an IPv6 address is about.
        each = one_in(2) ? std::byte{0} : static_cast<std::byte>(below(256));
    // 2000::/3, so that no address is an IPv4 one in disguise, which the two sides print
    // differently.
    made[0] = std::byte{0x20};
    return inet_address::from_bytes(std::span(made).first(one_in(2) ? 4 : 16)).value();
}

std::vector<message::bound_value> random_messages::values(std::size_t count) {
    std::vector<message::bound_value> made;
    for (; count > 0; --count) {
        if (one_in(6))
            made.push_back(message::bound_value::null());
        else if (v4() && one_in(6))
            made.push_back(message::bound_value::unset());
        else
            made.push_back(message::bound_value::of(bytes(0, 400'000)));
    }
    return made;
}

template <class Message>
void random_messages::fill_options(Message& asked) {
    asked.level = level();
    if (one_in(3))
        asked.serial_level = one_in(2) ? consistency::serial : consistency::local_serial;
    if (one_in(3))
        asked.timestamp = static_cast<std::int64_t>(random_());
    if (v5() && one_in(3))
        asked.keyspace = text(1);
    if (v5() && one_in(3))
        asked.now_in_seconds = any_int();
}

message::query_parameters random_messages::parameters() {
    message::query_parameters made;
    fill_options(made);
    made.values = values(one_in(2) ? 0 : below(12));
    if (one_in(3))
        for (std::size_t i = 0; i < made.values.size(); ++i)
            made.names.push_back(std::to_string(i) + ":" + std::string(text(0, 65'000)));
    made.skip_metadata = one_in(2);
    if (one_in(2))
        made.page_size = static_cast<std::int32_t>(1 + (random_() >> 34));
    if (one_in(3))
        made.paging_state = bytes(1);
    return made;
}

message::batch random_messages::batch() {
    message::batch made;
    made.type = static_cast<batch_type>(below(3));
    for (auto count = below(8); count > 0; --count) {
        auto bound = values(below(5));
        if (one_in(2))
            made.statements.emplace_back(long_text(), std::move(bound));
        else
            made.statements.emplace_back(bytes(1), std::move(bound));
    }
    fill_options(made);
    return made;
}

message::any_request random_messages::request() {
    switch (below(10)) {
    case 0:
        return message::options();
    case 1: {
        message::startup made;
        for (auto count = below(5); count > 0; --count)
            made.options[std::string(text())] = text();
        return made;
    }
    case 2: {
        message::auth_response made;
        made.token = own_bytes();
        return made;
    }
    case 3: {
        static constexpr std::array names{"TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"};
        message::register_ made;
        for (auto count = 1 + below(3); count > 0; --count)
            made.events.emplace_back(names[below(names.size())]);
        return made;
    }
    case 4:
        return message::prepare(long_text(), v5() && one_in(2) ? text(1) : std::string_view());
    case 5:
    case 6: {
        message::execute made(bytes(1), parameters());
        if (v5())
            made.result_metadata_id = bytes(1);
        return made;
    }
    case 7:
        return batch();
    default:
        return message::query(long_text(), parameters());
    }
}

data_type random_messages::type(int depth) {
    using kind = data_type::kind;
    static constexpr std::array simple{
        kind::ascii,   kind::bigint,  kind::blob,    kind::boolean,  kind::counter,
        kind::decimal, kind::double_, kind::float_,  kind::int_,     kind::timestamp,
        kind::uuid,    kind::text,    kind::varint,  kind::timeuuid, kind::inet,
        kind::date,    kind::time,    kind::tinyint, kind::smallint, kind::duration};
    const auto deeper = [&] { return type(depth + 1); };
    switch (depth > 3 ? 0 : below(16)) {
    case 8:
        return data_type::list(deeper());
    case 9:
        return data_type::set(deeper());
    case 10: {
        auto key = deeper();
        return data_type::map(std::move(key), deeper());
    }
    case 11:
    case 12: {
        std::vector<data_type> fields;
        std::vector<std::string> names;
        for (auto count = 1 + below(4); count > 0; --count) {
            fields.push_back(deeper());
            names.emplace_back(text());
        }
        if (one_in(2))
            return data_type::tuple(std::move(fields));
        const std::string keyspace(text());
        return data_type::udt(keyspace, std::string(text()), std::move(names), std::move(fields));
    }
    case 13:
        return data_type::vector(simple[below(simple.size())],
                                 1 + static_cast<std::uint32_t>(below(2'000)));
    case 14:
        return data_type::custom("com.example." + std::string(text()));
    default:
        return simple[below(simple.size())];
    }
}

std::vector<column> random_messages::columns(std::size_t least) {
    std::vector<column> made(least + below(6));
    const bool one_table = one_in(2);
    for (auto& each : made) {
        each = {std::string(text()), std::string(text()), std::string(text()), type()};
        if (one_table) {
            each.keyspace = made.front().keyspace;
            each.table = made.front().table;
        }
    }
    return made;
}

server_error random_messages::failure() {
    using code = server_error_code;
    static constexpr std::array plain{
        code::server_error, code::protocol_error,   code::authentication_error,
        code::overloaded,   code::is_bootstrapping, code::truncate_error,
        code::syntax_error, code::unauthorized,     code::invalid,
        code::config_error};
    static constexpr std::array write_types{
        "SIMPLE", "BATCH", "UNLOGGED_BATCH", "COUNTER", "BATCH_LOG", "VIEW", "CDC"};
    server_error made;
    made.message = text();
    const auto counted = [&](auto details) {
        details.level = level();
        details.received = any_int();
        details.block_for = any_int();
        return details;
    };
    const auto failed = [&](auto details) {
        details = counted(details);
        details.failures = any_int();
        if (v5()) {
            for (auto count = below(4); count > 0; --count)
                details.reasons.push_back({address(), static_cast<std::uint16_t>(below(7))});
            details.failures = static_cast<std::int32_t>(details.reasons.size());
        }
        return details;
    };
    switch (below(12)) {
    case 0:
        made.code = code::unavailable;
        made.details = unavailable_details{level(), any_int(), any_int()};
        break;
    case 1: {
        made.code = code::write_timeout;
        auto details = counted(write_timeout_details());
        details.write_type = write_types[below(write_types.size())];
        made.details = std::move(details);
        break;
    }
    case 2: {
        made.code = code::read_timeout;
        auto details = counted(read_timeout_details());
        details.data_present = one_in(2);
        made.details = details;
        break;
    }
    case 3: {
        made.code = code::read_failure;
        auto details = failed(read_failure_details());
        details.data_present = one_in(2);
        made.details = std::move(details);
        break;
    }
    case 4: {
        made.code = code::write_failure;
        auto details = failed(write_failure_details());
        details.write_type = write_types[below(write_types.size())];
        made.details = std::move(details);
        break;
    }
    case 5: {
        made.code = code::function_failure;
        const std::string keyspace(text());
        const std::string function(text());
        made.details = function_failure_details{keyspace, function, texts()};
        break;
    }
    case 6: {
        made.code = code::already_exists;
        const std::string keyspace(text());
        made.details = already_exists_details{keyspace, std::string(text())};
        break;
    }
    case 7:
        made.code = code::unprepared;
        made.details = unprepared_details{own_bytes(1)};
        break;
    default:
        made.code = plain[below(plain.size())];
    }
    return made;
}

schema_change random_messages::change() {
    static constexpr std::array changes{"CREATED", "UPDATED", "DROPPED"};
    static constexpr std::array targets{"KEYSPACE", "TABLE", "TYPE", "FUNCTION", "AGGREGATE"};
    schema_change made;
    made.change = changes[below(changes.size())];
    const auto target = below(v4() ? 5 : 3);
    made.target = targets[target];
    made.keyspace = text(1);
    if (target > 0)
        made.name = text(1);
    if (target > 2)
        made.arguments = texts();
    return made;
}

event random_messages::happened() {
    const auto port = static_cast<std::uint16_t>(below(65'536));
    switch (below(3)) {
    case 0:
        return topology_change{one_in(2) ? "NEW_NODE" : "REMOVED_NODE", address().to_string(),
                               port};
    case 1:
        return status_change{one_in(2) ? "UP" : "DOWN", address().to_string(), port};
    default:
        return change();
    }
}

message::rows_result random_messages::rows() {
    message::rows_result made;
    made.metadata.no_metadata = one_in(4);
    if (made.metadata.no_metadata) {
        made.metadata.column_count = 1 + below(6);
    } else {
        made.metadata.columns = columns(1);
        made.metadata.column_count = made.metadata.columns.size();
    }
    if (one_in(3))
        made.metadata.paging_state = own_bytes(1);
    if (v5() && one_in(4))
        made.metadata.new_metadata_id = own_bytes(1);
    made.row_count = below(12);
    for (std::size_t i = 0; i < made.row_count * made.metadata.column_count; ++i) {
        if (one_in(6))
            cells_.add(std::nullopt);
        else
            cells_.add(bytes(0, 400'000));
    }
    made.cells = cells_.cells();
    return made;
}

message::prepared_result random_messages::prepared() {
    message::prepared_result made;
    made.id = own_bytes(1);
    if (v5())
        made.result_metadata_id = own_bytes(1);
    made.parameters = columns(0);
    if (v4() && !made.parameters.empty())
        for (auto count = below(3); count > 0; --count)
            made.partition_key_indices.push_back(
                static_cast<std::uint16_t>(below(made.parameters.size())));
    made.result.columns = columns(0);
    made.result.column_count = made.result.columns.size();
    return made;
}

message::response random_messages::response() {
    switch (below(14)) {
    case 0:
        return message::ready();
    case 1:
        return message::authenticate{std::string(text(1))};
    case 2: {
        message::supported made;
        for (auto count = below(4); count > 0; --count)
            made.options[std::string(text())] = texts();
        return made;
    }
    case 3:
        return message::void_result();
    case 4:
        return message::set_keyspace_result{std::string(text(1))};
    case 5:
    case 6:
        return prepared();
    case 7:
        return change();
    case 8:
        return happened();
    case 9:
        return message::auth_challenge{own_bytes()};
    case 10:
        return message::auth_success{own_bytes()};
    case 11:
        return failure();
    default:
        return rows();
    }
}

message::response_envelope random_messages::envelope() {
    message::response_envelope made;
    if (one_in(6)) {
        uuid id;
        for (auto& each : id.bytes)
            each = static_cast<std::byte>(below(256));
        made.tracing_id = id;
    }
    if (v4() && one_in(6))
        made.warnings = texts();
    else if (v4() && one_in(6))
        made.custom_payload = payload();
    return made;
}

} // namespace cocql::tests
