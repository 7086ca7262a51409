#include "core/wire/snappy_compressor.hpp"

#include "core/wire/over_limit.hpp"

#include <limits>
#include <memory>
#include <snappy-c.h>
#include <string>

namespace cocql::wire {

namespace {

const char* chars(std::span<const std::byte> bytes) noexcept {
    return reinterpret_cast<const char*>(bytes.data());
}

} // namespace

bool snappy_compressor::compress(std::span<const std::byte> body, base::buffer& out) const {
    if (body.size() > std::numeric_limits<std::int32_t>::max())
        return false;
    const auto begin = out.size();
    // It wants room for the worst case, and only then knows better.
    auto length = snappy_max_compressed_length(body.size());
    auto* const bytes = out.grow(length);
    const auto status =
        snappy_compress(chars(body), body.size(), reinterpret_cast<char*>(bytes), &length);
    const bool worth_it = status == SNAPPY_OK && length < body.size();
    out.truncate(worth_it ? begin + length : begin);
    return worth_it;
}

result<base::shared_bytes> snappy_compressor::decompress(std::span<const std::byte> body,
                                                         std::size_t limit) const {
    std::size_t length = 0;
    if (snappy_uncompressed_length(chars(body), body.size(), &length) != SNAPPY_OK)
        return error(errc::protocol_error, "a snappy body without its length");
    // Of all elements of the format a copy stretches most: three bytes become 64.
    if (length / 22 > body.size())
        return error(errc::protocol_error, "a snappy body of " + std::to_string(body.size()) +
                                               " bytes that claims to be " +
                                               std::to_string(length) + " bytes long");
    if (length > limit)
        return over_limit("a snappy body", length, limit);
    auto room = std::make_shared_for_overwrite<std::byte[]>(length);
    auto produced = length;
    if (snappy_uncompress(chars(body), body.size(), reinterpret_cast<char*>(room.get()),
                          &produced) != SNAPPY_OK ||
        produced != length)
        return error(errc::protocol_error, "a snappy body is corrupt");
    return base::shared_bytes(std::move(room), length);
}

} // namespace cocql::wire
