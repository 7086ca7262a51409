#include "core/wire/lz4_compressor.hpp"

#include "core/base/byte_reader.hpp"
#include "core/wire/lz4_block.hpp"
#include "core/wire/over_limit.hpp"

#include <limits>
#include <memory>
#include <string>

namespace cocql::wire {

namespace {

constexpr std::size_t prefix = 4;

} // namespace

bool lz4_compressor::compress(std::span<const std::byte> body, base::buffer& out) const {
    if (body.size() <= prefix + 1 || body.size() > std::numeric_limits<std::int32_t>::max())
        return false;
    const auto begin = out.size();
    const auto room = body.size() - 1; // one shorter than the body, the prefix included
    auto* const bytes = out.grow(room);
    base::store_big_endian(bytes, static_cast<std::uint32_t>(body.size()));
    const auto length = compress_lz4_block(body, {bytes + prefix, room - prefix});
    out.truncate(length == 0 ? begin : begin + prefix + length);
    return length != 0;
}

result<base::shared_bytes> lz4_compressor::decompress(std::span<const std::byte> body,
                                                      std::size_t limit) const {
    base::byte_reader in(body);
    const std::size_t length = in.read_u32();
    if (in.failed())
        return error(errc::protocol_error, "an lz4 body without its length");
    if (!lz4_block_can_become(in.rest(), length))
        return error(errc::protocol_error, "an lz4 body of " + std::to_string(body.size()) +
                                               " bytes that claims to be " +
                                               std::to_string(length) + " bytes long");
    if (length > limit)
        return over_limit("an lz4 body", length, limit);
    auto room = std::make_shared_for_overwrite<std::byte[]>(length);
    if (auto filled = decompress_lz4_block(in.rest(), {room.get(), length}); !filled)
        return filled.error();
    return base::shared_bytes(std::move(room), length);
}

} // namespace cocql::wire
