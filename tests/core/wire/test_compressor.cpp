#include "../bytes.hpp"
#include "core/wire/compressor.hpp"
#include "core/wire/lz4_block.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace cocql;
using tests::bytes;
using tests::hex;
using tests::to_hex;

namespace {

constexpr std::size_t no_limit = 0x7fffffff;

const wire::compressor& lz4() {
    return *wire::compressor::of(compression::lz4);
}
const wire::compressor& snappy() {
    return *wire::compressor::of(compression::snappy);
}

bytes repeating(std::size_t size) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>("statement "[i % 10]);
    return out;
}

/// Bytes that no compressor makes shorter.
bytes noise(std::size_t size) {
    bytes out(size);
    std::uint64_t state = 88172645463325252u;
    for (auto& byte : out) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<std::byte>(state >> 32);
    }
    return out;
}

template <class Check>
void with_both(Check check) {
    for (const auto kind : {compression::lz4, compression::snappy}) {
        INFO(std::string(to_string(kind)));
        check(*wire::compressor::of(kind));
    }
}

void check_refused(const wire::compressor& with, std::span<const std::byte> body,
                   std::size_t limit = no_limit) {
    const auto outcome = with.decompress(body, limit);
    REQUIRE(!outcome.has_value());
    CHECK(outcome.error().is(errc::protocol_error));
}

} // namespace

TEST_CASE("Compression has the names that STARTUP wants, and none has no compressor") {
    CHECK(to_string(compression::lz4) == "lz4");
    CHECK(to_string(compression::snappy) == "snappy");
    CHECK(to_string(compression::none) == "none");
    CHECK(wire::compressor::of(compression::none) == nullptr);
}

TEST_CASE("What is compressed is shorter, stands after what was there, and comes back the same") {
    with_both([](const wire::compressor& with) {
        for (const std::size_t size : {100u, 256u, 5000u, 131'071u, 3'000'000u}) {
            CAPTURE(size);
            const auto body = repeating(size);
            base::buffer out;
            out.append(hex("aabb"));
            REQUIRE(with.compress(body, out));
            CHECK(out.size() < body.size() + 2);
            CHECK(to_hex(out.view().first(2)) == "aabb");
            const auto back = with.decompress(out.view().subspan(2), no_limit);
            REQUIRE(back.has_value());
            CHECK(std::ranges::equal(back->view(), body));
        }
    });
}

TEST_CASE("What would grow is not compressed, and the output is left as it was") {
    with_both([](const wire::compressor& with) {
        for (const std::size_t size : {0u, 1u, 2u, 5u, 6u, 40u, 5000u}) {
            CAPTURE(size);
            base::buffer out;
            out.append(hex("aabb"));
            CHECK(!with.compress(noise(size), out));
            CHECK(to_hex(out) == "aabb");
        }
    });
}

TEST_CASE("lz4: the length, big-endian, then the block; written by hand") {
    // Token 0x32: three literals and a match of 6, from 3 back; then six more literals.
    const auto body = hex("0000000f 32 616263 0300 60 616161616161");
    const auto back = lz4().decompress(body, no_limit);
    REQUIRE(back.has_value());
    CHECK(to_hex(back->view()) == "616263616263616263616161616161");
}

TEST_CASE("snappy: the length as a varint, then literals and copies; written by hand") {
    // Three literals, a copy of 6 from 3 back.
    const auto body = hex("09 08 616263 0903");
    const auto back = snappy().decompress(body, no_limit);
    REQUIRE(back.has_value());
    CHECK(to_hex(back->view()) == "616263616263616263");
}

TEST_CASE("The empty body in the ways it is written") {
    for (const char* digits : {"00000000", "00000000 00"}) {
        const auto back = lz4().decompress(hex(digits), no_limit);
        REQUIRE(back.has_value());
        CHECK(back->size() == 0);
    }
    check_refused(lz4(), hex("00000000 01"));
    check_refused(lz4(), hex("00000000 0000"));
    const auto back = snappy().decompress(hex("00"), no_limit);
    REQUIRE(back.has_value());
    CHECK(back->size() == 0);
    check_refused(snappy(), hex("00 00"));
}

TEST_CASE("scylladb/scylla-rust-driver#1639: a body too short for its own length is refused") {
    for (const char* digits : {"", "00", "0000", "000000"})
        check_refused(lz4(), hex(digits));
    for (const char* digits : {"", "80", "ffffffff", "ffffffffff01"})
        check_refused(snappy(), hex(digits));
}

TEST_CASE(
    "scylladb/gocql#879: a length that the bytes cannot become is refused before it is allocated") {
    for (const char* length : {"ffffffff", "80000000", "7fffffff", "10000000", "00000400"})
        check_refused(lz4(), hex(std::string(length) + "1f 61 0100 ff"));
    for (const char* length : {"ffffffff0f", "8080808008", "ffffffff07", "8008"})
        check_refused(snappy(), hex(std::string(length) + "08 616263 0903"));
}

TEST_CASE("scylladb/python-driver#1011: a length over the limit, which can be set, is refused, one "
          "at the limit is not") {
    with_both([](const wire::compressor& with) {
        base::buffer out;
        REQUIRE(with.compress(repeating(1000), out));
        check_refused(with, out.view(), 999);
        CHECK(with.decompress(out.view(), 1000).has_value());
    });
}

TEST_CASE("A length that is one more or one less than what comes out is refused") {
    for (const char* length : {"0000000e", "00000010"})
        check_refused(lz4(), hex(std::string(length) + "32 616263 0300 60 616161616161"));
    for (const char* length : {"08", "0a"})
        check_refused(snappy(), hex(std::string(length) + "08 616263 0903"));
}

TEST_CASE("A match from before the beginning is refused") {
    check_refused(lz4(), hex("0000000f 32 616263 0400 60 616161616161"));
    check_refused(snappy(), hex("09 08 616263 0904"));
    check_refused(snappy(), hex("09 08 616263 0900"));
}

TEST_CASE("lz4: a match of offset 0, which the library takes, is refused wherever it stands") {
    const std::string ten = "61626364656667686970";
    for (const auto& [block, size] :
         {std::pair{std::string("32 616263 0000 60 616161616161"), 15u},
          // After a good match.
          std::pair{std::string("32 616263 0300 02 0000 60 616161616161"), 21u},
          // After sixteen literals and a match of twenty, whose lengths go on in bytes of their
          // own.
          std::pair{"ff 01" + ten + "616263646566 0100 01" + "02 0000 60 616161616161", 48u}}) {
        const auto shown = block;
        CAPTURE(shown);
        std::vector<std::byte> room(size, std::byte{0xee});
        CHECK_FALSE(wire::decompress_lz4_block(hex(block), room));
        // The same with an offset of 1 is a good block.
        auto good = block;
        good.replace(good.rfind("0000"), 4, "0100");
        CHECK(wire::decompress_lz4_block(hex(good), room));
    }
}

TEST_CASE("A body cut short at any byte is refused") {
    with_both([](const wire::compressor& with) {
        base::buffer out;
        REQUIRE(with.compress(repeating(300), out));
        for (std::size_t size = 0; size < out.size(); ++size) {
            CAPTURE(size);
            const auto part = out.view().first(size);
            const bytes exact(part.begin(), part.end());
            check_refused(with, exact);
        }
    });
}

TEST_CASE("A bomb becomes no more than the limit allows") {
    with_both([](const wire::compressor& with) {
        const bytes zeros(8u * 1024 * 1024);
        base::buffer out;
        REQUIRE(with.compress(zeros, out));
        CHECK(out.size() < zeros.size() / 15);
        check_refused(with, out.view(), 1024 * 1024);
        const auto back = with.decompress(out.view(), zeros.size());
        REQUIRE(back.has_value());
        CHECK(back->size() == zeros.size());
    });
}
