#include "core/wire/notation.hpp"

#include <algorithm>
#include <limits>

namespace cocql::wire {

namespace {

void write_length(base::byte_writer& out, std::size_t length, const char* too_long) {
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        out.fail(too_long);
    out.write_i32(static_cast<std::int32_t>(length));
}

} // namespace

std::string_view read_string(base::byte_reader& in) {
    return as_text(in.read_bytes(in.read_u16()));
}

std::string_view read_long_string(base::byte_reader& in) {
    const auto length = in.read_i32();
    if (length < 0) {
        in.fail();
        return {};
    }
    return as_text(in.read_bytes(static_cast<std::size_t>(length)));
}

std::vector<std::string> read_string_list(base::byte_reader& in) {
    const auto count = in.check_count(in.read_u16(), 2);
    std::vector<std::string> list;
    list.reserve(count);
    for (std::size_t i = 0; i < count && !in.failed(); ++i)
        list.emplace_back(read_string(in));
    return list;
}

std::optional<std::span<const std::byte>> read_bytes(base::byte_reader& in) {
    const auto length = in.read_i32();
    if (length < 0 || in.failed())
        return std::nullopt;
    return in.read_bytes(static_cast<std::size_t>(length));
}

std::span<const std::byte> read_short_bytes(base::byte_reader& in) {
    return in.read_bytes(in.read_u16());
}

uuid_bytes read_uuid(base::byte_reader& in) {
    uuid_bytes id{};
    const auto bytes = in.read_bytes(id.size());
    std::copy(bytes.begin(), bytes.end(), id.begin());
    return id;
}

inet read_inet_address(base::byte_reader& in) {
    inet address;
    address.size = in.read_u8();
    if (address.size != 4 && address.size != 16) {
        address.size = 4;
        in.fail();
        return address;
    }
    const auto bytes = in.read_bytes(address.size);
    std::copy(bytes.begin(), bytes.end(), address.address.begin());
    return address;
}

inet read_inet(base::byte_reader& in) {
    auto address = read_inet_address(in);
    address.port = in.read_i32();
    return address;
}

consistency read_consistency(base::byte_reader& in) {
    return static_cast<consistency>(in.read_u16());
}

string_map read_string_map(base::byte_reader& in) {
    const auto count = in.check_count(in.read_u16(), 4);
    string_map map;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        std::string key(read_string(in));
        map[std::move(key)] = read_string(in);
    }
    return map;
}

string_multimap read_string_multimap(base::byte_reader& in) {
    const auto count = in.check_count(in.read_u16(), 4);
    string_multimap map;
    std::size_t strings = 0;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        std::string key(read_string(in));
        auto list = read_string_list(in);
        // An empty string takes two bytes, and sixteen times as many when it was read.
        strings += list.size();
        if (strings > std::numeric_limits<std::uint16_t>::max())
            in.fail();
        map[std::move(key)] = std::move(list);
    }
    return map;
}

bytes_map read_bytes_map(base::byte_reader& in) {
    const auto count = in.check_count(in.read_u16(), 6);
    bytes_map map;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        std::string key(read_string(in));
        const auto bytes = read_bytes(in).value_or(std::span<const std::byte>());
        map[std::move(key)].assign(bytes.begin(), bytes.end());
    }
    return map;
}

void write_count(base::byte_writer& out, std::size_t count, const char* too_many) {
    if (count > std::numeric_limits<std::uint16_t>::max())
        out.fail(too_many);
    out.write_u16(static_cast<std::uint16_t>(count));
}

void write_string(base::byte_writer& out, std::string_view value) {
    write_count(out, value.size(), "a [string] of more than 65,535 bytes");
    out.write_bytes(as_bytes(value));
}

void write_long_string(base::byte_writer& out, std::string_view value) {
    write_length(out, value.size(), "a [long string] of more than 2^31 - 1 bytes");
    out.write_bytes(as_bytes(value));
}

void write_string_list(base::byte_writer& out, std::span<const std::string> values) {
    write_count(out, values.size(), "a list of more than 65,535 entries");
    for (const auto& value : values)
        write_string(out, value);
}

void write_bytes(base::byte_writer& out, std::optional<std::span<const std::byte>> value) {
    if (!value) {
        out.write_i32(-1);
        return;
    }
    write_length(out, value->size(), "[bytes] that are more than 2^31 - 1");
    out.write_bytes(*value);
}

void write_short_bytes(base::byte_writer& out, std::span<const std::byte> value) {
    write_count(out, value.size(), "[short bytes] that are more than 65,535");
    out.write_bytes(value);
}

void write_uuid(base::byte_writer& out, const uuid_bytes& value) {
    out.write_bytes(value);
}

void write_inet(base::byte_writer& out, const inet& value) {
    write_inet_address(out, value);
    out.write_i32(value.port);
}

void write_inet_address(base::byte_writer& out, const inet& value) {
    out.write_u8(value.size);
    out.write_bytes(value.bytes());
}

void write_consistency(base::byte_writer& out, consistency value) {
    out.write_u16(static_cast<std::uint16_t>(value));
}

void write_string_map(base::byte_writer& out, const string_map& values) {
    write_count(out, values.size(), "a map of more than 65,535 entries");
    for (const auto& [key, value] : values) {
        write_string(out, key);
        write_string(out, value);
    }
}

void write_string_multimap(base::byte_writer& out, const string_multimap& values) {
    write_count(out, values.size(), "a map of more than 65,535 entries");
    for (const auto& [key, list] : values) {
        write_string(out, key);
        write_string_list(out, list);
    }
}

void write_bytes_map(base::byte_writer& out, const bytes_map& values) {
    write_count(out, values.size(), "a map of more than 65,535 entries");
    for (const auto& [key, value] : values) {
        write_string(out, key);
        write_bytes(out, std::span<const std::byte>(value));
    }
}

} // namespace cocql::wire
