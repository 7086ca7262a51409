#include "core/metadata/cql_type.hpp"

#include "input.hpp"

#include <string>
#include <string_view>

namespace {

using namespace cocql;
using kind = data_type::kind;

bool has_custom(const data_type& type) {
    if (type.which() == kind::custom)
        return true;
    for (const auto& each : type.parameters())
        if (has_custom(each))
            return true;
    return false;
}

/// What a type is called in messages is with its keyspace.
std::string without_keyspace(std::string text) {
    const std::string keyspace = "ks.";
    for (auto at = text.find(keyspace); at != text.npos; at = text.find(keyspace, at))
        text.erase(at, keyspace.size());
    return text;
}

} // namespace

/// Types as the schema tables spell them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const metadata::user_types known{
        {"address", data_type::udt("ks", "address", {"street"}, {data_type(kind::text)})},
        {"Odd \"name\"", data_type(kind::int_)}};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto type = metadata::parse_cql_type(text, known);
    if (!type) {
        const auto& why = type.error();
        fuzz::require(why.is(errc::not_found) || why.is(errc::protocol_error), "it says why");
        return 0;
    }
    if (has_custom(*type))
        return 0;
    const auto again = metadata::parse_cql_type(without_keyspace(type->to_string()), known);
    fuzz::require(again.has_value() && *again == *type, "it is read back from how it is written");
    return 0;
}
