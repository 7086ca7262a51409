#include "core/value/type_rules.hpp"

#include <cocql/codec_containers.hpp>

#include <limits>
#include <utility>

namespace cocql {

namespace {

using kind = data_type::kind;

/// What a value holds, for error texts.
const char* content_name(const value& item) noexcept {
    static constexpr const char* names[] = {
        "null",   "unset",       "a boolean",  "an integer", "a float",   "a double",   "text",
        "a blob", "a uuid",      "an address", "a varint",   "a decimal", "a duration", "a date",
        "a time", "a timestamp", "a sequence", "a mapping",  "no bytes"};
    static_assert(std::size(names) == std::variant_size_v<value::variant>);
    return names[item.content().index()];
}

void refuse(const data_type& type, const value& item, byte_sink& out) {
    out.fail(std::string(content_name(item)) + " does not fit the CQL type " + type.to_string());
}

/// By the codec of the first of the types that it holds one of: what is checked of C++ types is
/// checked of values.
template <class Content, class... Others>
void put_as(const data_type& type, const value& item, byte_sink& out) {
    if (const auto* content = item.get<Content>())
        codec<Content>::encode(type, *content, out);
    else if constexpr (sizeof...(Others) != 0)
        put_as<Others...>(type, item, out);
    else
        refuse(type, item, out);
}

/// An unsigned integer that std::int64_t cannot hold is kept as a varint.
void put_integer(const data_type& type, const value& item, byte_sink& out) {
    if (const auto* number = item.get<varint>();
        number != nullptr && number->bytes().size() > sizeof(std::int64_t))
        return out.fail("the integer is out of the range of the CQL type " + type.to_string());
    put_as<std::int64_t>(type, item, out);
}

/// False when there are more than the count of a collection can say.
bool put_count(std::size_t count, byte_sink& out) {
    if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        out.fail("a collection of more than 2^31 - 1 elements");
        return false;
    }
    out.put_number(static_cast<std::uint32_t>(count));
    return true;
}

void put_sequence(const data_type& type, const value& item, byte_sink& out) {
    const auto* elements = item.get<value::sequence>();
    if (elements == nullptr)
        return refuse(type, item, out);
    if (!put_count(elements->size(), out))
        return;
    for (const auto& element : *elements)
        detail::encode_element(type.parameters()[0], element, out);
}

void put_map(const data_type& type, const value& item, byte_sink& out) {
    const auto* entries = item.get<value::mapping>();
    if (entries == nullptr)
        return refuse(type, item, out);
    if (!put_count(entries->size(), out))
        return;
    for (const auto& [key, mapped] : *entries) {
        detail::encode_element(type.parameters()[0], key, out);
        detail::encode_element(type.parameters()[1], mapped, out);
    }
}

void put_vector(const data_type& type, const value& item, byte_sink& out) {
    const auto* elements = item.get<value::sequence>();
    if (elements == nullptr)
        return refuse(type, item, out);
    if (elements->size() != type.dimension())
        return out.fail("the vector has " + std::to_string(elements->size()) + " elements, not " +
                        std::to_string(type.dimension()));
    const auto& of = type.parameters()[0];
    const auto width = values::vector_element_width(of);
    for (const auto& element : *elements) {
        if (width != 0 && element.is_empty())
            return refuse(of, element, out); // there is no length that could say so
        detail::encode_vector_element(of, width, element, out);
    }
}

/// Fields left out at the end are null to the servers.
void put_fields(const data_type& type, const value& item, byte_sink& out) {
    const auto* fields = item.get<value::sequence>();
    if (fields == nullptr)
        return refuse(type, item, out);
    if (fields->size() > type.parameters().size())
        return out.fail("more fields than the CQL type " + type.to_string() + " has");
    for (std::size_t i = 0; i < fields->size(); ++i)
        detail::encode_cell(type.parameters()[i], (*fields)[i], out);
}

} // namespace

void codec<value>::encode(const data_type& type, const value& item, byte_sink& out) {
    if (!values::is_whole(type))
        return refuse(type, item, out);
    if (item.is_empty())
        return;
    switch (type.which()) {
    case kind::ascii:
    case kind::text:
        return put_as<std::string>(type, item, out);
    case kind::blob:
    case kind::custom:
        return put_as<value::blob>(type, item, out);
    case kind::boolean:
        return put_as<bool>(type, item, out);
    case kind::tinyint:
    case kind::smallint:
    case kind::int_:
    case kind::bigint:
    case kind::counter:
        return put_integer(type, item, out);
    case kind::float_:
        return put_as<float>(type, item, out);
    case kind::double_:
        return put_as<double, float>(type, item, out);
    case kind::timestamp:
        return put_as<timestamp>(type, item, out);
    case kind::date:
        return put_as<date>(type, item, out);
    case kind::time:
        return put_as<cocql::time>(type, item, out);
    case kind::uuid:
    case kind::timeuuid:
        return put_as<uuid>(type, item, out);
    case kind::inet:
        return put_as<inet_address>(type, item, out);
    case kind::varint:
        return put_as<std::int64_t, varint>(type, item, out);
    case kind::decimal:
        return put_as<decimal>(type, item, out);
    case kind::duration:
        return put_as<duration>(type, item, out);
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
    refuse(type, item, out);
}

result<void> encode(const data_type& type, const value& item, std::vector<std::byte>& out) {
    byte_sink written;
    codec<value>::encode(type, item, written);
    if (written.failed())
        return error(errc::invalid_argument, written.why());
    const auto bytes = written.bytes();
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
}

} // namespace cocql
