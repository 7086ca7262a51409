#include "core/routing/tablet.hpp"

#include "core/base/byte_reader.hpp"

#include <algorithm>
#include <string>

namespace cocql::routing {

namespace {

constexpr std::size_t uuid_size = 16;
/// In a list: a tuple's length, and in it two lengths, a uuid and an int.
constexpr std::size_t smallest_replica = 4 + 4 + uuid_size + 4 + 4;

error wrong(const char* what) {
    return error(errc::protocol_error, std::string("a tablet of the payload ") + what);
}

/// One that a length stands before; a null, or one of another length, fails.
bool has_length(base::byte_reader& reader, std::int32_t length) noexcept {
    if (reader.read_i32() != length)
        reader.fail();
    return !reader.failed();
}

/// A value of CQL, with its length before it. Null fails.
base::byte_reader value_of(base::byte_reader& reader) noexcept {
    const auto length = reader.read_i32();
    return base::byte_reader(reader.read_bytes(reader.check_count(length, 1)));
}

tablet::replica read_replica(base::byte_reader& reader) noexcept {
    tablet::replica replica;
    if (has_length(reader, uuid_size)) {
        const auto id = reader.read_bytes(uuid_size);
        std::copy(id.begin(), id.end(), replica.host.bytes.begin());
    }
    if (has_length(reader, 4)) {
        const auto shard = reader.read_i32();
        if (shard < 0)
            reader.fail();
        replica.shard = static_cast<std::uint32_t>(shard);
    }
    if (!reader.at_end())
        reader.fail();
    return replica;
}

token read_token(base::byte_reader& reader) noexcept {
    return token(has_length(reader, 8) ? reader.read_i64() : 0);
}

} // namespace

result<tablet> decode_tablet(std::span<const std::byte> payload, tablet_payload which) {
    base::byte_reader reader(payload);
    tablet known;
    known.after = read_token(reader);
    known.last = read_token(reader);
    auto list = value_of(reader);
    if (which == tablet_payload::v2 && has_length(reader, 8))
        known.version = reader.read_u64();
    if (reader.failed() || !reader.at_end())
        return wrong("is not whole");
    if (known.last <= known.after)
        return wrong("ends before it begins");
    const auto count = list.check_count(list.read_i32(), smallest_replica);
    known.replicas.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto tuple = value_of(list);
        const auto replica = read_replica(tuple);
        if (list.failed() || tuple.failed())
            return wrong("has a replica that is none");
        known.replicas.push_back(replica);
    }
    if (list.failed() || !list.at_end())
        return wrong("has replicas that are not whole");
    return known;
}

std::uint8_t version_block(const tablet* known, unsigned which) noexcept {
    which %= 16;
    const auto bits = known != nullptr && known->version ? *known->version >> (4 * which) & 0xf : 0;
    return static_cast<std::uint8_t>(which << 4 | bits);
}

} // namespace cocql::routing
