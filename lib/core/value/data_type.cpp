#include "core/value/class_name.hpp"

#include <cocql/data_type.hpp>

#include <limits>
#include <utility>

namespace cocql {

struct data_type::parts {
    /// First: types of unlike counts are unlike, and need not be gone through.
    std::size_t type_count = 1;
    std::vector<data_type> parameters;
    std::string keyspace;
    std::string name;
    std::vector<std::string> field_names;
    std::uint32_t dimension = 0;

    friend bool operator==(const parts&, const parts&) = default;
};

namespace {

const std::string no_text;
const std::vector<std::string> no_names;

const char* simple_name(data_type::kind kind) noexcept {
    using k = data_type::kind;
    switch (kind) {
    case k::ascii:
        return "ascii";
    case k::bigint:
        return "bigint";
    case k::blob:
        return "blob";
    case k::boolean:
        return "boolean";
    case k::counter:
        return "counter";
    case k::decimal:
        return "decimal";
    case k::double_:
        return "double";
    case k::float_:
        return "float";
    case k::int_:
        return "int";
    case k::timestamp:
        return "timestamp";
    case k::uuid:
        return "uuid";
    case k::text:
        return "text";
    case k::varint:
        return "varint";
    case k::timeuuid:
        return "timeuuid";
    case k::inet:
        return "inet";
    case k::date:
        return "date";
    case k::time:
        return "time";
    case k::smallint:
        return "smallint";
    case k::tinyint:
        return "tinyint";
    case k::duration:
        return "duration";
    case k::list:
        return "list";
    case k::map:
        return "map";
    case k::set:
        return "set";
    case k::tuple:
        return "tuple";
    case k::vector:
        return "vector";
    case k::custom:
    case k::udt:
        break;
    }
    return "";
}

} // namespace

data_type::data_type(kind simple) : kind_(simple) {}

data_type::data_type(kind which, parts content) : kind_(which) {
    for (const auto& each : content.parameters)
        if (__builtin_add_overflow(content.type_count, each.type_count(), &content.type_count))
            content.type_count = std::numeric_limits<std::size_t>::max();
    parts_ = std::make_shared<const parts>(std::move(content));
}

data_type data_type::list(data_type element) {
    return {kind::list, parts{1, {std::move(element)}, {}, {}, {}, 0}};
}

data_type data_type::set(data_type element) {
    return {kind::set, parts{1, {std::move(element)}, {}, {}, {}, 0}};
}

data_type data_type::map(data_type key, data_type mapped) {
    return {kind::map, parts{1, {std::move(key), std::move(mapped)}, {}, {}, {}, 0}};
}

data_type data_type::tuple(std::vector<data_type> fields) {
    return {kind::tuple, parts{1, std::move(fields), {}, {}, {}, 0}};
}

data_type data_type::udt(std::string keyspace, std::string name,
                         std::vector<std::string> field_names, std::vector<data_type> fields) {
    return {kind::udt, parts{1, std::move(fields), std::move(keyspace), std::move(name),
                             std::move(field_names), 0}};
}

data_type data_type::vector(data_type element, std::uint32_t dimension) {
    return {kind::vector, parts{1, {std::move(element)}, {}, {}, {}, dimension}};
}

data_type data_type::custom(std::string class_name) {
    if (auto known = values::parse_class_name(class_name))
        return *known;
    return {kind::custom, parts{1, {}, {}, std::move(class_name), {}, 0}};
}

std::size_t data_type::type_count() const noexcept {
    return parts_ ? parts_->type_count : 1;
}

std::span<const data_type> data_type::parameters() const noexcept {
    return parts_ ? std::span<const data_type>(parts_->parameters) : std::span<const data_type>();
}

const std::string& data_type::keyspace() const noexcept {
    return parts_ ? parts_->keyspace : no_text;
}

const std::string& data_type::name() const noexcept {
    return parts_ ? parts_->name : no_text;
}

const std::vector<std::string>& data_type::field_names() const noexcept {
    return parts_ ? parts_->field_names : no_names;
}

std::uint32_t data_type::dimension() const noexcept {
    return parts_ ? parts_->dimension : 0;
}

std::string data_type::to_string() const {
    if (kind_ == kind::custom)
        return "'" + name() + "'";
    if (kind_ == kind::udt)
        return keyspace() + "." + name();
    std::string text = simple_name(kind_);
    if (parameters().empty())
        return text;
    text += '<';
    for (std::size_t i = 0; i < parameters().size(); ++i)
        text += (i == 0 ? "" : ", ") + parameters()[i].to_string();
    if (kind_ == kind::vector)
        text += ", " + std::to_string(dimension());
    return text + '>';
}

bool operator==(const data_type& left, const data_type& right) noexcept {
    if (left.kind_ != right.kind_ || (left.parts_ == nullptr) != (right.parts_ == nullptr))
        return false;
    return left.parts_ == right.parts_ || *left.parts_ == *right.parts_;
}

} // namespace cocql
