#include "core/base/big_endian.hpp"
#include "core/value/type_rules.hpp"
#include "core/value/vint.hpp"

#include <cocql/value.hpp>

#include <bit>
#include <limits>
#include <utility>

namespace cocql {

namespace {

using kind = data_type::kind;

/// What a value holds, for error texts.
const char* content_name(const value& item) noexcept {
    static constexpr const char* names[] = {
        "null",       "unset",  "a boolean", "an integer",  "a float",    "a double",
        "text",       "a blob", "a uuid",    "an address",  "a varint",   "a decimal",
        "a duration", "a date", "a time",    "a timestamp", "a sequence", "a mapping"};
    return names[item.content().index()];
}

error does_not_fit(const data_type& type, const value& item) {
    return error(errc::invalid_argument, std::string(content_name(item)) +
                                             " does not fit the CQL type " + type.to_string());
}

template <class Unsigned>
void put(std::vector<std::byte>& out, Unsigned number) {
    std::byte bytes[sizeof(Unsigned)];
    base::store_big_endian(bytes, number);
    out.insert(out.end(), bytes, bytes + sizeof(Unsigned));
}

template <class Integer>
result<void> put_integer(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto* number = item.get<std::int64_t>();
    if (number == nullptr)
        return does_not_fit(type, item);
    if (*number < std::numeric_limits<Integer>::min() ||
        *number > std::numeric_limits<Integer>::max())
        return error(errc::invalid_argument,
                     "the integer is out of the range of the CQL type " + type.to_string());
    put(out, static_cast<std::make_unsigned_t<Integer>>(*number));
    return {};
}

template <class Content, class Put>
result<void> put_as(const data_type& type, const value& item, Put&& write) {
    const auto* content = item.get<Content>();
    if (content == nullptr)
        return does_not_fit(type, item);
    write(*content);
    return {};
}

/// An element with its length before it; null is a length of -1.
result<void> put_element(const data_type& type, const value& item, std::vector<std::byte>& out) {
    if (item.is_null()) {
        put(out, ~std::uint32_t{0});
        return {};
    }
    const auto mark = out.size();
    put(out, std::uint32_t{0});
    if (auto encoded = encode(type, item, out); !encoded)
        return encoded;
    const auto length = out.size() - mark - 4;
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return error(errc::invalid_argument, "an element is longer than 2^31 - 1 bytes");
    base::store_big_endian(out.data() + mark, static_cast<std::uint32_t>(length));
    return {};
}

result<void> put_sequence(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto* elements = item.get<value::sequence>();
    if (elements == nullptr)
        return does_not_fit(type, item);
    put(out, static_cast<std::uint32_t>(elements->size()));
    for (const auto& element : *elements) {
        if (element.is_null())
            return error(errc::invalid_argument, "a list or set cannot hold null");
        if (auto encoded = put_element(type.parameters()[0], element, out); !encoded)
            return encoded;
    }
    return {};
}

result<void> put_vector(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto* elements = item.get<value::sequence>();
    if (elements == nullptr)
        return does_not_fit(type, item);
    if (elements->size() != type.dimension())
        return error(errc::invalid_argument, "the vector has " + std::to_string(elements->size()) +
                                                 " elements, not " +
                                                 std::to_string(type.dimension()));
    const auto& of = type.parameters()[0];
    const bool has_width = values::vector_element_width(of) != 0;
    for (const auto& element : *elements) {
        if (element.is_null())
            return error(errc::invalid_argument, "a vector cannot hold null");
        std::vector<std::byte> bytes;
        if (auto encoded = encode(of, element, bytes); !encoded)
            return encoded;
        if (!has_width)
            values::write_unsigned_vint(out, bytes.size());
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return {};
}

result<void> put_map(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto* entries = item.get<value::mapping>();
    if (entries == nullptr)
        return does_not_fit(type, item);
    put(out, static_cast<std::uint32_t>(entries->size()));
    for (const auto& [key, mapped] : *entries) {
        if (key.is_null() || mapped.is_null())
            return error(errc::invalid_argument, "a map cannot hold null");
        if (auto encoded = put_element(type.parameters()[0], key, out); !encoded)
            return encoded;
        if (auto encoded = put_element(type.parameters()[1], mapped, out); !encoded)
            return encoded;
    }
    return {};
}

result<void> put_fields(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto* fields = item.get<value::sequence>();
    if (fields == nullptr)
        return does_not_fit(type, item);
    if (fields->size() > type.parameters().size())
        return error(errc::invalid_argument,
                     "more fields than the CQL type " + type.to_string() + " has");
    for (std::size_t i = 0; i < fields->size(); ++i)
        if (auto encoded = put_element(type.parameters()[i], (*fields)[i], out); !encoded)
            return encoded;
    return {};
}

} // namespace

result<void> encode(const data_type& type, const value& item, std::vector<std::byte>& out) {
    const auto append = [&](std::span<const std::byte> bytes) {
        out.insert(out.end(), bytes.begin(), bytes.end());
    };
    if (!values::is_whole(type))
        return does_not_fit(type, item);
    switch (type.which()) {
    case kind::ascii:
    case kind::text:
        return put_as<std::string>(type, item, [&](const std::string& text) {
            append(std::as_bytes(std::span(text.data(), text.size())));
        });
    case kind::blob:
    case kind::custom:
        return put_as<value::blob>(type, item, append);
    case kind::boolean:
        return put_as<bool>(
            type, item, [&](bool truth) { out.push_back(truth ? std::byte{1} : std::byte{0}); });
    case kind::tinyint:
        return put_integer<std::int8_t>(type, item, out);
    case kind::smallint:
        return put_integer<std::int16_t>(type, item, out);
    case kind::int_:
        return put_integer<std::int32_t>(type, item, out);
    case kind::bigint:
    case kind::counter:
        return put_integer<std::int64_t>(type, item, out);
    case kind::float_:
        return put_as<float>(type, item,
                             [&](float number) { put(out, std::bit_cast<std::uint32_t>(number)); });
    case kind::double_: {
        if (const auto* single = item.get<float>()) {
            put(out, std::bit_cast<std::uint64_t>(static_cast<double>(*single)));
            return {};
        }
        return put_as<double>(
            type, item, [&](double number) { put(out, std::bit_cast<std::uint64_t>(number)); });
    }
    case kind::timestamp:
        return put_as<timestamp>(type, item, [&](timestamp moment) {
            put(out, static_cast<std::uint64_t>(moment.milliseconds));
        });
    case kind::date:
        return put_as<date>(type, item, [&](date day) { put(out, day.raw); });
    case kind::time:
        if (const auto* of_day = item.get<cocql::time>();
            of_day != nullptr && !of_day->is_within_a_day())
            return error(errc::invalid_argument, "a time is outside the day");
        return put_as<cocql::time>(type, item, [&](cocql::time of_day) {
            put(out, static_cast<std::uint64_t>(of_day.nanoseconds));
        });
    case kind::uuid:
    case kind::timeuuid:
        return put_as<uuid>(type, item, [&](const uuid& id) { append(id.bytes); });
    case kind::inet:
        return put_as<inet_address>(type, item,
                                    [&](const inet_address& address) { append(address.bytes()); });
    case kind::varint: {
        if (const auto* number = item.get<std::int64_t>()) {
            append(varint(*number).bytes());
            return {};
        }
        return put_as<varint>(type, item, [&](const varint& number) { append(number.bytes()); });
    }
    case kind::decimal:
        return put_as<decimal>(type, item, [&](const decimal& number) {
            put(out, static_cast<std::uint32_t>(number.scale));
            append(number.unscaled.bytes());
        });
    case kind::duration:
        if (const auto* span = item.get<duration>(); span != nullptr && !values::is_one_sign(*span))
            return error(errc::invalid_argument, "a duration's parts have different signs");
        return put_as<duration>(type, item, [&](const duration& span) {
            values::write_vint(out, span.months);
            values::write_vint(out, span.days);
            values::write_vint(out, span.nanoseconds);
        });
    case kind::list:
    case kind::set:
        return put_sequence(type, item, out);
    case kind::map:
        return put_map(type, item, out);
    case kind::vector:
        return put_vector(type, item, out);
    case kind::tuple:
    case kind::udt:
        return put_fields(type, item, out);
    }
    return does_not_fit(type, item);
}

} // namespace cocql
