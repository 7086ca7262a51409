#include "core/message/type_notation.hpp"

#include "core/value/class_name.hpp"
#include "core/wire/notation.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cocql::message {

namespace {

constexpr int deepest = 64;

data_type read_at(base::byte_reader& in, type_budget& budget, int depth) {
    using kind = data_type::kind;
    if (depth > deepest || !budget.take(1))
        in.fail();
    const auto number = in.read_u16();
    if (in.failed())
        return kind::blob;
    switch (static_cast<kind>(number)) {
    case kind::custom: {
        auto type = data_type::custom(std::string(wire::read_string(in)));
        if (!budget.take(type.type_count() - 1))
            in.fail();
        return type;
    }
    case kind::list:
        return data_type::list(read_at(in, budget, depth + 1));
    case kind::set:
        return data_type::set(read_at(in, budget, depth + 1));
    case kind::map: {
        auto key = read_at(in, budget, depth + 1);
        return data_type::map(std::move(key), read_at(in, budget, depth + 1));
    }
    case kind::udt: {
        std::string keyspace(wire::read_string(in));
        std::string name(wire::read_string(in));
        const auto count = in.check_count(in.read_u16(), 4);
        std::vector<std::string> names;
        std::vector<data_type> fields;
        for (std::size_t i = 0; i < count && !in.failed(); ++i) {
            names.emplace_back(wire::read_string(in));
            fields.push_back(read_at(in, budget, depth + 1));
        }
        return data_type::udt(std::move(keyspace), std::move(name), std::move(names),
                              std::move(fields));
    }
    case kind::tuple: {
        const auto count = in.check_count(in.read_u16(), 2);
        std::vector<data_type> fields;
        for (std::size_t i = 0; i < count && !in.failed(); ++i)
            fields.push_back(read_at(in, budget, depth + 1));
        return data_type::tuple(std::move(fields));
    }
    case kind::ascii:
    case kind::bigint:
    case kind::blob:
    case kind::boolean:
    case kind::counter:
    case kind::decimal:
    case kind::double_:
    case kind::float_:
    case kind::int_:
    case kind::timestamp:
    case kind::uuid:
    case kind::text:
    case kind::varint:
    case kind::timeuuid:
    case kind::inet:
    case kind::date:
    case kind::time:
    case kind::smallint:
    case kind::tinyint:
    case kind::duration:
        return static_cast<kind>(number);
    case kind::vector:
        break;
    }
    in.fail();
    return kind::blob;
}

} // namespace

data_type read_type(base::byte_reader& in, type_budget& budget) {
    return read_at(in, budget, 0);
}

data_type read_type(base::byte_reader& in) {
    type_budget budget;
    return read_type(in, budget);
}

void write_type(base::byte_writer& out, const data_type& type) {
    using kind = data_type::kind;
    if (type.which() == kind::duration || type.which() == kind::vector) {
        // A vector has no number at all, duration only in v5: they travel as classes.
        out.write_u16(static_cast<std::uint16_t>(kind::custom));
        wire::write_string(out, values::class_name(type));
        return;
    }
    out.write_u16(static_cast<std::uint16_t>(type.which()));
    switch (type.which()) {
    case kind::custom:
        wire::write_string(out, type.name());
        break;
    case kind::udt:
        wire::write_string(out, type.keyspace());
        wire::write_string(out, type.name());
        wire::write_count(out, type.parameters().size(), "a type of more than 65,535 fields");
        for (std::size_t i = 0; i < type.parameters().size(); ++i) {
            wire::write_string(out, type.field_names()[i]);
            write_type(out, type.parameters()[i]);
        }
        break;
    case kind::tuple:
        wire::write_count(out, type.parameters().size(), "a tuple of more than 65,535 fields");
        [[fallthrough]];
    default:
        for (const auto& parameter : type.parameters())
            write_type(out, parameter);
    }
}

} // namespace cocql::message
