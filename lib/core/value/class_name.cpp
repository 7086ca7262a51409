#include "core/value/class_name.hpp"

#include "core/value/hex.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cocql::values {

namespace {

using kind = data_type::kind;

constexpr std::string_view package = "org.apache.cassandra.db.marshal.";
constexpr int deepest = 64;

struct simple_class {
    std::string_view name;
    kind which;
};

/// The first of several names of a type is the one that is written.
constexpr std::array simple_classes{
    simple_class{"AsciiType", kind::ascii},
    simple_class{"BooleanType", kind::boolean},
    simple_class{"ByteType", kind::tinyint},
    simple_class{"BytesType", kind::blob},
    simple_class{"CounterColumnType", kind::counter},
    simple_class{"DecimalType", kind::decimal},
    simple_class{"DoubleType", kind::double_},
    simple_class{"DurationType", kind::duration},
    simple_class{"FloatType", kind::float_},
    simple_class{"InetAddressType", kind::inet},
    simple_class{"Int32Type", kind::int_},
    simple_class{"IntegerType", kind::varint},
    simple_class{"LongType", kind::bigint},
    simple_class{"ShortType", kind::smallint},
    simple_class{"SimpleDateType", kind::date},
    simple_class{"TimeType", kind::time},
    simple_class{"TimeUUIDType", kind::timeuuid},
    simple_class{"TimestampType", kind::timestamp},
    simple_class{"DateType", kind::timestamp},
    simple_class{"UTF8Type", kind::text},
    simple_class{"UUIDType", kind::uuid},
    simple_class{"LexicalUUIDType", kind::uuid},
};

std::optional<std::string> from_hex(std::string_view digits) {
    if (digits.size() % 2 != 0)
        return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned byte = 0;
        const auto* end = digits.data() + i + 2;
        const auto read = std::from_chars(digits.data() + i, end, byte, 16);
        if (read.ec != std::errc() || read.ptr != end)
            return std::nullopt;
        text += static_cast<char>(byte);
    }
    return text;
}

std::string to_hex(std::string_view text) {
    std::string hex;
    for (const char letter : text)
        append_hex(hex, static_cast<unsigned char>(letter));
    return hex;
}

class parser {
  public:
    explicit parser(std::string_view text) noexcept : rest_(text) {}

    std::optional<data_type> whole() {
        auto type = read(0);
        skip_spaces();
        return rest_.empty() ? type : std::nullopt;
    }

  private:
    void skip_spaces() noexcept {
        while (!rest_.empty() && rest_.front() == ' ')
            rest_.remove_prefix(1);
    }
    bool take(char wanted) noexcept {
        skip_spaces();
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view word() noexcept {
        skip_spaces();
        const auto end = std::find_if(rest_.begin(), rest_.end(), [](char letter) {
            return letter == '(' || letter == ')' || letter == ',' || letter == ':' ||
                   letter == ' ';
        });
        const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::optional<data_type> read(int depth) {
        if (depth > deepest)
            return std::nullopt;
        auto name = word();
        if (name.starts_with(package))
            name.remove_prefix(package.size());
        for (const auto& each : simple_classes)
            if (name == each.name)
                return data_type(each.which);
        if (!take('('))
            return std::nullopt;
        auto type = read_parameters(name, depth + 1);
        return type && take(')') ? type : std::nullopt;
    }

    std::optional<data_type> read_parameters(std::string_view name, int depth) {
        if (name == "UserType")
            return read_user_type(depth);
        auto first = read(depth);
        if (!first)
            return std::nullopt;
        if (name == "FrozenType" || name == "ReversedType")
            return first;
        if (name == "ListType")
            return data_type::list(std::move(*first));
        if (name == "SetType")
            return data_type::set(std::move(*first));
        if (name == "TupleType")
            return read_tuple(std::move(*first), depth);
        if (name == "VectorType")
            return read_vector(std::move(*first));
        if (name != "MapType" || !take(','))
            return std::nullopt;
        auto mapped = read(depth);
        if (!mapped)
            return std::nullopt;
        return data_type::map(std::move(*first), std::move(*mapped));
    }

    std::optional<data_type> read_tuple(data_type first, int depth) {
        std::vector<data_type> fields{std::move(first)};
        while (take(',')) {
            auto field = read(depth);
            if (!field)
                return std::nullopt;
            fields.push_back(std::move(*field));
        }
        return data_type::tuple(std::move(fields));
    }

    std::optional<data_type> read_vector(data_type element) {
        if (!take(','))
            return std::nullopt;
        const auto digits = word();
        std::int32_t dimension = 0;
        const auto* end = digits.data() + digits.size();
        const auto number = std::from_chars(digits.data(), end, dimension);
        if (number.ec != std::errc() || number.ptr != end || dimension <= 0)
            return std::nullopt;
        return data_type::vector(std::move(element), static_cast<std::uint32_t>(dimension));
    }

    /// keyspace,name in hexadecimal,field in hexadecimal:type,…
    std::optional<data_type> read_user_type(int depth) {
        std::string keyspace(word());
        if (!take(','))
            return std::nullopt;
        auto name = from_hex(word());
        std::vector<std::string> names;
        std::vector<data_type> fields;
        while (name && take(',')) {
            auto field = from_hex(word());
            if (!field || !take(':'))
                return std::nullopt;
            auto type = read(depth);
            if (!type)
                return std::nullopt;
            names.push_back(std::move(*field));
            fields.push_back(std::move(*type));
        }
        if (!name)
            return std::nullopt;
        return data_type::udt(std::move(keyspace), std::move(*name), std::move(names),
                              std::move(fields));
    }

    std::string_view rest_;
};

const char* collection_class(kind which) noexcept {
    switch (which) {
    case kind::list:
        return "ListType(";
    case kind::set:
        return "SetType(";
    case kind::map:
        return "MapType(";
    case kind::vector:
        return "VectorType(";
    default:
        return "TupleType(";
    }
}

} // namespace

std::optional<data_type> parse_class_name(std::string_view text) {
    return parser(text).whole();
}

std::string class_name(const data_type& type) {
    if (type.which() == kind::custom)
        return type.name();
    std::string text(package);
    for (const auto& each : simple_classes)
        if (each.which == type.which())
            return text.append(each.name);
    if (type.which() == kind::udt) {
        text += "UserType(" + type.keyspace() + "," + to_hex(type.name());
        for (std::size_t i = 0; i < type.parameters().size(); ++i)
            text += "," + to_hex(type.field_names()[i]) + ":" + class_name(type.parameters()[i]);
        return text + ")";
    }
    text += collection_class(type.which());
    for (std::size_t i = 0; i < type.parameters().size(); ++i)
        text += (i == 0 ? "" : ",") + class_name(type.parameters()[i]);
    if (type.which() == kind::vector)
        text += " , " + std::to_string(type.dimension());
    return text + ")";
}

} // namespace cocql::values
