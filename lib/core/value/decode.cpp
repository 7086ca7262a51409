#include "core/base/byte_reader.hpp"
#include "core/value/type_rules.hpp"

#include <cocql/codec_containers.hpp>
#include <cocql/value.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace cocql {

namespace {

using kind = data_type::kind;

error does_not_fit(const data_type& type) {
    return error(errc::decode_failed, "the bytes do not make a value of type " + type.to_string());
}

result<value> decode_at(const data_type& type, std::span<const std::byte> bytes);

/// [bytes] inside a collection; nothing for null.
std::optional<std::span<const std::byte>> read_element(base::byte_reader& in) {
    const auto length = in.read_i32();
    if (length < -1)
        in.fail();
    if (length < 0 || in.failed())
        return std::nullopt;
    return in.read_bytes(static_cast<std::size_t>(length));
}

result<value> read_element_value(const data_type& type, base::byte_reader& in) {
    const auto element = read_element(in);
    if (in.failed())
        return does_not_fit(type);
    return element ? decode_at(type, *element) : result<value>(value());
}

result<value> decode_sequence(const data_type& type, std::span<const std::byte> bytes) {
    base::byte_reader in(bytes);
    const auto count = in.check_count(in.read_i32(), 4);
    value::sequence elements;
    for (std::size_t i = 0; i < count; ++i) {
        auto element = read_element_value(type.parameters()[0], in);
        if (!element)
            return element.error();
        elements.push_back(std::move(*element));
    }
    if (in.failed() || !in.at_end())
        return does_not_fit(type);
    return value(std::move(elements));
}

result<value> decode_vector(const data_type& type, std::span<const std::byte> bytes) {
    const auto& of = type.parameters()[0];
    const auto width = values::vector_element_width(of);
    if (width != 0 && bytes.size() / width != type.dimension())
        return does_not_fit(type);
    value::sequence elements;
    for (std::uint32_t left = type.dimension(); left != 0; --left) {
        std::span<const std::byte> bytes_of_one;
        if (!detail::next_vector_element(bytes, width, bytes_of_one))
            return does_not_fit(type);
        auto element = decode_at(of, bytes_of_one);
        if (!element)
            return element.error();
        elements.push_back(std::move(*element));
    }
    if (!bytes.empty())
        return does_not_fit(type);
    return value(std::move(elements));
}

result<value> decode_map(const data_type& type, std::span<const std::byte> bytes) {
    base::byte_reader in(bytes);
    const auto count = in.check_count(in.read_i32(), 8);
    value::mapping entries;
    for (std::size_t i = 0; i < count; ++i) {
        auto key = read_element_value(type.parameters()[0], in);
        if (!key)
            return key.error();
        auto mapped = read_element_value(type.parameters()[1], in);
        if (!mapped)
            return mapped.error();
        entries.emplace_back(std::move(*key), std::move(*mapped));
    }
    if (in.failed() || !in.at_end())
        return does_not_fit(type);
    return value(std::move(entries));
}

/// Tuples and UDTs. Fields that the value was written without (the type grew later) are null.
result<value> decode_fields(const data_type& type, std::span<const std::byte> bytes) {
    base::byte_reader in(bytes);
    value::sequence fields;
    for (const auto& field : type.parameters()) {
        if (in.at_end()) {
            fields.emplace_back();
            continue;
        }
        auto content = read_element_value(field, in);
        if (!content)
            return content.error();
        fields.push_back(std::move(*content));
    }
    if (in.failed() || !in.at_end())
        return does_not_fit(type);
    return value(std::move(fields));
}

result<value> decode_duration(const data_type& type, std::span<const std::byte> bytes) {
    duration span;
    if (!codec<duration>::decode(type, bytes, span))
        return does_not_fit(type);
    return value(span);
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes a fixed-width type takes; 0 for the others.
std::size_t width_of(kind which) noexcept {
    switch (which) {
    case kind::tinyint:
    case kind::boolean:
        return 1;
    case kind::smallint:
        return 2;
    case kind::int_:
    case kind::float_:
    case kind::date:
        return 4;
    case kind::bigint:
    case kind::counter:
    case kind::double_:
    case kind::timestamp:
    case kind::time:
        return 8;
    case kind::uuid:
    case kind::timeuuid:
        return 16;
    default:
        return 0;
    }
}

value decode_fixed(kind which, base::byte_reader& in) {
    switch (which) {
    case kind::tinyint:
        return static_cast<std::int8_t>(in.read_u8());
    case kind::boolean:
        return in.read_u8() != 0;
    case kind::smallint:
        return static_cast<std::int16_t>(in.read_u16());
    case kind::int_:
        return in.read_i32();
    case kind::float_:
        return std::bit_cast<float>(in.read_u32());
    case kind::date:
        return date{in.read_u32()};
    case kind::double_:
        return std::bit_cast<double>(in.read_u64());
    case kind::timestamp:
        return timestamp{in.read_i64()};
    case kind::time:
        return cocql::time{in.read_i64()};
    case kind::uuid:
    case kind::timeuuid: {
        uuid id;
        const auto bytes = in.read_bytes(id.bytes.size());
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
    }
    default:
        return in.read_i64();
    }
}

result<value> decode_at(const data_type& type, std::span<const std::byte> bytes) {
    const auto which = type.which();
    if (!values::is_whole(type))
        return does_not_fit(type);
    if (const auto width = width_of(which); width != 0) {
        if (bytes.size() != width) {
            if (bytes.empty())
                return value(value::empty());
            return does_not_fit(type);
        }
        base::byte_reader in(bytes);
        auto content = decode_fixed(which, in);
        if (const auto* of_day = content.get<cocql::time>();
            of_day != nullptr && !of_day->is_within_a_day())
            return does_not_fit(type);
        return content;
    }
    switch (which) {
    case kind::ascii:
        if (!values::is_ascii(bytes))
            return does_not_fit(type);
        return value(text_of(bytes));
    case kind::text:
        if (!values::is_utf8(bytes))
            return does_not_fit(type);
        return value(text_of(bytes));
    case kind::blob:
    case kind::custom:
        return value(value::blob(bytes.begin(), bytes.end()));
    default:
        break;
    }
    if (bytes.empty())
        return value(value::empty());
    switch (which) {
    case kind::inet: {
        const auto address = inet_address::from_bytes(bytes);
        return address ? result<value>(value(*address)) : does_not_fit(type);
    }
    case kind::varint:
        return value(varint::from_bytes(bytes));
    case kind::decimal: {
        base::byte_reader in(bytes);
        const auto scale = in.read_i32();
        if (in.failed() || in.at_end())
            return does_not_fit(type);
        return value(decimal{varint::from_bytes(in.rest()), scale});
    }
    case kind::duration:
        return decode_duration(type, bytes);
    case kind::list:
    case kind::set:
        return decode_sequence(type, bytes);
    case kind::map:
        return decode_map(type, bytes);
    case kind::vector:
        return decode_vector(type, bytes);
    default:
        return decode_fields(type, bytes);
    }
}

} // namespace

result<value> decode(const data_type& type, std::span<const std::byte> bytes) {
    return decode_at(type, bytes);
}

} // namespace cocql
