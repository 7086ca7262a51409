#include "core/message/type_notation.hpp"
#include "input.hpp"

#include <cocql/value.hpp>

#include <string>

/// Values of every type. The first byte chooses: below 26 a simple type by its place, otherwise a
/// type is read from the input. The rest is the value's bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    using kind = data_type::kind;
    static const data_type simple[] = {
        kind::ascii,
        kind::bigint,
        kind::blob,
        kind::boolean,
        kind::counter,
        kind::decimal,
        kind::double_,
        kind::float_,
        kind::int_,
        kind::timestamp,
        kind::uuid,
        kind::text,
        kind::varint,
        kind::timeuuid,
        kind::inet,
        kind::date,
        kind::time,
        kind::smallint,
        kind::tinyint,
        kind::duration,
        data_type::list(kind::int_),
        data_type::set(kind::text),
        data_type::map(kind::text, data_type::list(kind::duration)),
        data_type::tuple({kind::int_, kind::decimal, kind::varint}),
        data_type::udt("ks", "t", {"a", "b"}, {kind::text, data_type::set(kind::inet)}),
        data_type::custom("org.example.Type")};
    auto bytes = fuzz::input(data, size);
    const auto choice = fuzz::take_byte(bytes);
    data_type type = kind::blob;
    if (choice < std::size(simple)) {
        type = simple[choice];
    } else {
        base::byte_reader in(bytes);
        type = message::read_type(in);
        if (in.failed())
            return 0;
        bytes = in.rest();
    }
    const auto decoded = decode(type, bytes);
    if (!decoded)
        return 0;
    const auto shown = format(type, *decoded);
    std::vector<std::byte> encoded;
    // Null, and null inside a list or map, can be read but not bound.
    if (!encode(type, *decoded, encoded))
        return 0;
    const auto again = decode(type, encoded);
    fuzz::require(again.has_value(), "what was encoded decodes");
    // By what they show, since NaN is not equal to itself.
    fuzz::require(format(type, *again) == shown, "to the same value");
    return 0;
}
