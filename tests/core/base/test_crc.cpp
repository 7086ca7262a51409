#include "../bytes.hpp"
#include "core/base/crc24.hpp"
#include "core/base/crc32.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace cocql;
using tests::bytes;
using tests::hex;

namespace {

std::uint32_t crc32_of(std::string_view text) {
    return base::crc32(std::as_bytes(std::span(text.data(), text.size())));
}

/// A bit at a time, as the definitions read.
std::uint32_t slow_crc32(const bytes& from) {
    std::uint32_t value = 0xFFFFFFFF;
    for (const auto byte : from) {
        value ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
    }
    return ~value;
}

std::uint32_t slow_crc24(const bytes& from) {
    std::uint32_t value = 0x875060;
    for (const auto byte : from) {
        value ^= std::to_integer<std::uint32_t>(byte) << 16;
        for (int bit = 0; bit < 8; ++bit) {
            value <<= 1;
            if ((value & 0x1000000) != 0)
                value ^= 0x1974F0B;
        }
    }
    return value;
}

bytes counted(std::size_t size) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>(i * 37 + (i >> 8));
    return out;
}

} // namespace

TEST_CASE("crc24 gives what Cassandra's own gives") {
    CHECK(base::crc24({}) == 0x875060);
    CHECK(base::crc24(hex("000000")) == 8251255);
    CHECK(base::crc24(hex("0000000000")) == 11185162);
    CHECK(base::crc24(hex("40e201")) == 5891942);
    CHECK(base::crc24(hex("40e2010000")) == 8775784);
}

TEST_CASE("crc32 gives what zlib gives, and what Cassandra gives after the seed of v5") {
    CHECK(crc32_of("") == 0);
    CHECK(crc32_of("123456789") == 0xCBF43926); // the check value of every catalogue
    CHECK(crc32_of("The quick brown fox jumps over the lazy dog") == 0x414FA339);
    const auto seed = base::crc32(hex("fa2d55ca"));
    CHECK(seed == 1148681939);
    CHECK(base::crc32(hex("0000000000"), seed) == 1178391023);
    CHECK(base::crc32(hex("010203040506"), seed) == 3536190002);
}

TEST_CASE("Both checks agree with their definitions at every length, and crc32 in any pieces") {
    for (std::size_t size = 0; size < 70; ++size) {
        CAPTURE(size);
        const auto input = counted(size);
        CHECK(base::crc24(input) == slow_crc24(input));
        const auto whole = slow_crc32(input);
        CHECK(base::crc32(input) == whole);
        for (std::size_t cut = 0; cut <= size; ++cut) {
            const std::span<const std::byte> view(input);
            CHECK(base::crc32(view.subspan(cut), base::crc32(view.first(cut))) == whole);
        }
    }
}
