#include "core/message/batch.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

namespace {

using parameters = execution_parameters;

constexpr std::uint32_t batch_flags_of_v4 =
    parameters::flag_serial_consistency | parameters::flag_timestamp;
constexpr std::uint32_t batch_flags_of_v5 =
    batch_flags_of_v4 | parameters::flag_keyspace | parameters::flag_now_in_seconds;

/// What stands behind the statements is that of QUERY without values and paging.
parameters parameters_of(const batch& message) {
    parameters all;
    all.level = message.level;
    all.serial_level = message.serial_level;
    all.timestamp = message.timestamp;
    all.keyspace = message.keyspace;
    all.now_in_seconds = message.now_in_seconds;
    return all;
}

result<void> encode_statement(base::byte_writer& out, const batch::statement& statement,
                              protocol_version version) {
    if (const auto* cql = std::get_if<std::string_view>(&statement.what)) {
        if (auto fits = check_long(cql->size(), "a statement"); !fits)
            return fits;
        out.write_u8(0);
        wire::write_long_string(out, *cql);
    } else {
        const auto& id = std::get<std::span<const std::byte>>(statement.what);
        if (auto fits = check_short(id.size(), "a statement's id"); !fits)
            return fits;
        out.write_u8(1);
        wire::write_short_bytes(out, id);
    }
    if (statement.written.count != 0)
        return statement.written.encode(out, version);
    if (auto fits = check_short(statement.values.size(), "the list of values"); !fits)
        return fits;
    out.write_u16(static_cast<std::uint16_t>(statement.values.size()));
    for (const auto& value : statement.values)
        if (auto encoded = value.encode(out, version); !encoded)
            return encoded;
    return {};
}

batch::statement decode_statement(base::byte_reader& in) {
    batch::statement statement;
    const auto kind = in.read_u8();
    if (kind == 0)
        statement.what = wire::read_long_string(in);
    else if (kind == 1)
        statement.what = wire::read_short_bytes(in);
    else
        in.fail();
    const auto count = in.check_count(in.read_u16(), 4);
    for (std::size_t i = 0; i < count && !in.failed(); ++i)
        statement.values.push_back(bound_value::decode(in));
    return statement;
}

} // namespace

result<void> batch::encode(base::byte_writer& out, protocol_version version) const {
    if (auto fits = check_short(statements.size(), "the batch"); !fits)
        return fits;
    const auto all = parameters_of(*this);
    if (auto possible = all.check(version); !possible)
        return possible;
    out.write_u8(static_cast<std::uint8_t>(type));
    out.write_u16(static_cast<std::uint16_t>(statements.size()));
    for (const auto& each : statements)
        if (auto encoded = encode_statement(out, each, version); !encoded)
            return encoded;
    auto room = out.room(parameters::most_before_values + all.most_after_values());
    all.put_before_values(room, all.flags(), version);
    all.put_after_values(room);
    out.used(room);
    return {};
}

result<batch> batch::decode(base::byte_reader& in, protocol_version version) {
    batch message;
    const auto type = in.read_u8();
    if (type > 2)
        in.fail();
    message.type = static_cast<batch_type>(type);
    const auto count = in.check_count(in.read_u16(), 5);
    for (std::size_t i = 0; i < count && !in.failed(); ++i)
        message.statements.push_back(decode_statement(in));
    message.level = wire::read_consistency(in);
    const auto flags = read_flags(in, version);
    if ((flags & ~(version >= protocol_version::v5 ? batch_flags_of_v5 : batch_flags_of_v4)) != 0)
        in.fail();
    if ((flags & parameters::flag_serial_consistency) != 0)
        message.serial_level = wire::read_consistency(in);
    if ((flags & parameters::flag_timestamp) != 0)
        message.timestamp = in.read_i64();
    if ((flags & parameters::flag_keyspace) != 0)
        message.keyspace = read_keyspace(in);
    if ((flags & parameters::flag_now_in_seconds) != 0)
        message.now_in_seconds = in.read_i32();
    return finish(in, std::move(message), "BATCH");
}

} // namespace cocql::message
