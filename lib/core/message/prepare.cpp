#include "core/message/prepare.hpp"

#include "core/message/limits.hpp"
#include "core/message/query_parameters.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

namespace {

constexpr std::uint32_t flag_keyspace = 0x01;

} // namespace

result<void> prepare::encode(base::byte_writer& out, protocol_version version) const {
    if (auto fits = check_long(cql.size(), "the statement"); !fits)
        return fits;
    if (auto fits = check_for_v5(keyspace, std::nullopt, version); !fits)
        return fits;
    wire::write_long_string(out, cql);
    if (version >= protocol_version::v5) {
        out.write_u32(keyspace.empty() ? 0 : flag_keyspace);
        if (!keyspace.empty())
            wire::write_string(out, keyspace);
    }
    return {};
}

result<prepare> prepare::decode(base::byte_reader& in, protocol_version version) {
    prepare message;
    message.cql = wire::read_long_string(in);
    if (version >= protocol_version::v5) {
        const auto flags = in.read_u32();
        if ((flags & ~flag_keyspace) != 0)
            in.fail();
        if ((flags & flag_keyspace) != 0)
            message.keyspace = read_keyspace(in);
    }
    return finish(in, std::move(message), "PREPARE");
}

} // namespace cocql::message
