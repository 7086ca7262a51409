#include "core/message/query_parameters.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

namespace {

constexpr std::uint32_t query_flags_of_v4 = 0x7f;
constexpr std::uint32_t query_flags_of_v5 = 0x1ff;

} // namespace

result<void> bound_value::encode(base::byte_writer& out, protocol_version version) const {
    switch (state_) {
    case state::bytes:
        if (auto fits = check_long(bytes_.size(), "a value"); !fits)
            return fits;
        out.write_i32(static_cast<std::int32_t>(bytes_.size()));
        out.write_bytes(bytes_);
        return {};
    case state::null:
        out.write_i32(-1);
        return {};
    case state::unset:
        break;
    }
    if (version < protocol_version::v4)
        return error(errc::invalid_argument, "an unset value needs protocol version 4");
    out.write_i32(-2);
    return {};
}

bound_value bound_value::decode(base::byte_reader& in) {
    const auto length = in.read_i32();
    if (length == -1)
        return null();
    if (length == -2)
        return unset();
    if (length < -2) {
        in.fail();
        return null();
    }
    return of(in.read_bytes(static_cast<std::size_t>(length)));
}

std::uint32_t read_flags(base::byte_reader& in, protocol_version version) {
    return version >= protocol_version::v5 ? in.read_u32() : in.read_u8();
}

std::string_view read_keyspace(base::byte_reader& in) {
    const auto keyspace = wire::read_string(in);
    if (keyspace.empty())
        in.fail();
    return keyspace;
}

result<void> check_for_v5(std::string_view keyspace, std::optional<std::int32_t> now_in_seconds,
                          protocol_version version) {
    if (!keyspace.empty() && version < protocol_version::v5)
        return error(errc::invalid_argument, "a statement's keyspace needs protocol version 5");
    if (now_in_seconds && version < protocol_version::v5)
        return error(errc::invalid_argument, "now_in_seconds needs protocol version 5");
    return check_short(keyspace.size(), "the keyspace's name");
}

result<void> written_values::check(protocol_version version) const {
    if (has_unset && version < protocol_version::v4)
        return error(errc::invalid_argument, "an unset value needs protocol version 4");
    return check_short(count, "the list of values");
}

result<void> written_values::encode(base::byte_writer& out, protocol_version version) const {
    if (auto possible = check(version); !possible)
        return possible;
    auto room = out.room(2 + bytes.size());
    room.put(static_cast<std::uint16_t>(count));
    room.put(bytes);
    out.used(room);
    return {};
}

result<void> execution_parameters::check(protocol_version version) const {
    if (keyspace.empty() && !now_in_seconds)
        return {};
    return check_for_v5(keyspace, now_in_seconds, version);
}

result<void> query_parameters::encode(base::byte_writer& out, protocol_version version) const {
    if (auto possible = check(version); !possible)
        return possible;
    auto announced = flags();
    if (!values.empty())
        announced |= flag_values;
    if (!names.empty())
        announced |= flag_names;
    auto room = out.room(most_before_values);
    put_before_values(room, announced, version);
    out.used(room);
    if (!values.empty())
        if (auto encoded = encode_values(out, version); !encoded)
            return encoded;
    room = out.room(most_after_values());
    put_after_values(room);
    out.used(room);
    return {};
}

result<void> query_parameters::encode_values(base::byte_writer& out,
                                             protocol_version version) const {
    if (auto fits = check_short(values.size(), "the list of values"); !fits)
        return fits;
    if (!names.empty() && names.size() != values.size())
        return error(errc::invalid_argument, "as many names as values are needed");
    out.write_u16(static_cast<std::uint16_t>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!names.empty()) {
            if (auto fits = check_short(names[i].size(), "a value's name"); !fits)
                return fits;
            wire::write_string(out, names[i]);
        }
        if (auto encoded = values[i].encode(out, version); !encoded)
            return encoded;
    }
    return {};
}

query_parameters query_parameters::decode(base::byte_reader& in, protocol_version version) {
    query_parameters parameters;
    parameters.level = wire::read_consistency(in);
    const auto flags = read_flags(in, version);
    parameters.skip_metadata = (flags & flag_skip_metadata) != 0;
    if ((flags & flag_values) != 0) {
        const bool named = (flags & flag_names) != 0;
        const auto count = in.check_count(in.read_u16(), named ? 6 : 4);
        for (std::size_t i = 0; i < count && !in.failed(); ++i) {
            if (named)
                parameters.names.emplace_back(wire::read_string(in));
            parameters.values.push_back(bound_value::decode(in));
        }
    }
    if ((flags & flag_page_size) != 0)
        parameters.page_size = in.read_i32();
    if ((flags & flag_paging_state) != 0)
        parameters.paging_state = wire::read_bytes(in);
    if ((flags & flag_serial_consistency) != 0)
        parameters.serial_level = wire::read_consistency(in);
    if ((flags & flag_timestamp) != 0)
        parameters.timestamp = in.read_i64();
    if ((flags & ~(version >= protocol_version::v5 ? query_flags_of_v5 : query_flags_of_v4)) != 0)
        in.fail();
    if ((flags & flag_keyspace) != 0)
        parameters.keyspace = read_keyspace(in);
    if ((flags & flag_now_in_seconds) != 0)
        parameters.now_in_seconds = in.read_i32();
    return parameters;
}

} // namespace cocql::message
