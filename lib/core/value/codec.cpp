#include "core/base/byte_reader.hpp"
#include "core/value/type_rules.hpp"
#include "core/value/vint.hpp"

#include <cocql/codec_containers.hpp>
#include <cocql/codec_scalars.hpp>

#include <bit>
#include <limits>
#include <utility>

namespace cocql {

using kind = data_type::kind;

namespace {

/// `street text, code int`
std::string fields_of(const data_type& type) {
    std::string text;
    for (std::size_t i = 0; i < type.parameters().size(); ++i)
        text +=
            (i == 0 ? "" : ", ") + type.field_names()[i] + " " + type.parameters()[i].to_string();
    return text;
}

} // namespace

std::string suggested_types(const data_type& type) {
    switch (type.which()) {
    case kind::ascii:
    case kind::text:
        return "std::string or std::string_view";
    case kind::blob:
    case kind::custom:
        return "std::vector<std::byte> or std::span<const std::byte>";
    case kind::boolean:
        return "bool";
    case kind::tinyint:
        return "std::int8_t";
    case kind::smallint:
        return "std::int16_t";
    case kind::int_:
        return "std::int32_t";
    case kind::bigint:
    case kind::counter:
        return "std::int64_t";
    case kind::float_:
        return "float";
    case kind::double_:
        return "double";
    case kind::varint:
        return "cocql::varint";
    case kind::decimal:
        return "cocql::decimal";
    case kind::uuid:
    case kind::timeuuid:
        return "cocql::uuid";
    case kind::inet:
        return "cocql::inet_address";
    case kind::duration:
        return "cocql::duration";
    case kind::date:
        return "cocql::date or std::chrono::sys_days";
    case kind::time:
        return "cocql::time or std::chrono::nanoseconds";
    case kind::timestamp:
        return "cocql::timestamp or std::chrono::sys_time<std::chrono::milliseconds>";
    case kind::list:
    case kind::set:
        return "std::vector or std::set of " + suggested_types(type.parameters()[0]);
    case kind::vector:
        return "std::array<" + suggested_types(type.parameters()[0]) + ", " +
               std::to_string(type.dimension()) + "> or std::vector";
    case kind::map:
        return "std::map of " + suggested_types(type.parameters()[0]) + " to " +
               suggested_types(type.parameters()[1]);
    case kind::tuple:
        return "std::tuple of its " + std::to_string(type.parameters().size()) + " fields";
    case kind::udt:
        return "a struct that describes its fields: " + fields_of(type);
    }
    return "cocql::value";
}

bool codec<duration>::decode(const data_type&, std::span<const std::byte> bytes, duration& out) {
    base::byte_reader in(bytes);
    const auto months = values::read_vint(in);
    const auto days = values::read_vint(in);
    out.nanoseconds = values::read_vint(in);
    out.months = static_cast<std::int32_t>(months);
    out.days = static_cast<std::int32_t>(days);
    return !in.failed() && in.at_end() && out.months == months && out.days == days &&
           values::is_one_sign(out);
}

void codec<duration>::encode(const data_type&, const duration& item, byte_sink& out) {
    if (!values::is_one_sign(item))
        return out.fail("a duration's months, days and nanoseconds must have one sign");
    std::vector<std::byte> bytes;
    values::write_vint(bytes, item.months);
    values::write_vint(bytes, item.days);
    values::write_vint(bytes, item.nanoseconds);
    out.put(std::span<const std::byte>(bytes));
}

bool codec<value>::decode(const data_type& type, std::span<const std::byte> bytes, value& out) {
    auto decoded = cocql::decode(type, bytes);
    if (!decoded)
        return false;
    out = std::move(*decoded);
    return true;
}

namespace detail {

bool is_utf8_slowly(std::span<const std::byte> bytes) noexcept {
    return values::is_utf8(bytes);
}

namespace {

template <class Integer, class Number>
void put_if_fits(const data_type& type, Number number, byte_sink& out) {
    if (!std::in_range<Integer>(number))
        return out.fail("the integer is out of the range of the CQL type " + type.to_string());
    out.put_number(static_cast<std::make_unsigned_t<Integer>>(number));
}

template <class Number>
void put_integer(const data_type& type, Number number, byte_sink& out) {
    switch (type.which()) {
    case kind::tinyint:
        return put_if_fits<std::int8_t>(type, number, out);
    case kind::smallint:
        return put_if_fits<std::int16_t>(type, number, out);
    case kind::int_:
        return put_if_fits<std::int32_t>(type, number, out);
    default:
        return put_if_fits<std::int64_t>(type, number, out);
    }
}

} // namespace

void encode_integer(const data_type& type, std::int64_t number, byte_sink& out) {
    if (type.which() == kind::varint)
        return out.put(varint(number).bytes());
    put_integer(type, number, out);
}

void encode_unsigned(const data_type& type, std::uint64_t number, byte_sink& out) {
    if (type.which() == kind::varint)
        return out.put(varint(number).bytes());
    put_integer(type, number, out);
}

std::size_t vector_element_width(const data_type& element) noexcept {
    return values::vector_element_width(element);
}

bool next_vector_element(std::span<const std::byte>& rest, std::size_t width,
                         std::span<const std::byte>& element) noexcept {
    if (width == 0) {
        base::byte_reader in(rest);
        const auto length = values::read_unsigned_vint(in);
        if (in.failed() || length > in.remaining() ||
            length > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()))
            return false;
        width = static_cast<std::size_t>(length);
        rest = in.rest();
    } else if (rest.size() < width) {
        return false;
    }
    element = rest.first(width);
    rest = rest.subspan(width);
    return true;
}

void put_vector_length(byte_sink& out, std::size_t length) {
    std::vector<std::byte> bytes;
    values::write_unsigned_vint(bytes, length);
    out.put(std::span<const std::byte>(bytes));
}

} // namespace detail

} // namespace cocql
