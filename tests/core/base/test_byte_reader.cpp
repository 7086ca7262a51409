#include "../bytes.hpp"
#include "core/base/byte_reader.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace cocql;
using tests::hex;

TEST_CASE("A byte reader reads numbers in network order") {
    const auto input = hex("01 0203 04050607 08090a0b0c0d0e0f ffffffff fffffffffffffffe");
    base::byte_reader in(input);
    CHECK(in.read_u8() == 1);
    CHECK(in.read_u16() == 0x0203);
    CHECK(in.read_u32() == 0x04050607);
    CHECK(in.read_u64() == 0x08090a0b0c0d0e0f);
    CHECK(in.read_i32() == -1);
    CHECK(in.read_i64() == -2);
    CHECK(in.at_end());
    CHECK(!in.failed());
}

TEST_CASE("A read past the end yields zero and every later read fails") {
    const auto input = hex("010203");
    base::byte_reader in(input);
    CHECK(in.read_u16() == 0x0102);
    CHECK(in.read_u32() == 0);
    CHECK(in.failed());
    CHECK(in.read_u8() == 0);
    CHECK(in.read_bytes(1).empty());
    CHECK(in.failure("X").is(errc::protocol_error));
    CHECK(std::string(in.failure("X").what()) == "X: truncated or malformed at byte 2 of 3");
}

TEST_CASE("Reading all that is left succeeds, one byte more does not") {
    const auto input = hex("010203");
    base::byte_reader in(input);
    CHECK(in.read_bytes(3).size() == 3);
    CHECK(in.read_bytes(0).empty());
    CHECK(!in.failed());
    in.read_bytes(1);
    CHECK(in.failed());
}

TEST_CASE("A length near the largest number does not wrap around") {
    const auto input = hex("010203");
    base::byte_reader in(input);
    in.read_u8();
    CHECK(in.read_bytes(std::numeric_limits<std::size_t>::max()).empty());
    CHECK(in.failed());
}

TEST_CASE("A count is checked against the bytes that remain") {
    const auto input = hex("0000000000000000");
    const auto checked = [&](std::int64_t count, std::size_t smallest) {
        base::byte_reader in(input);
        const auto got = in.check_count(count, smallest);
        return in.failed() ? -1 : static_cast<std::int64_t>(got);
    };
    CHECK(checked(0, 4) == 0);
    CHECK(checked(2, 4) == 2);
    CHECK(checked(3, 4) == -1);
    CHECK(checked(8, 1) == 8);
    CHECK(checked(-1, 4) == -1);
    CHECK(checked(0x7fffffff, 4) == -1);
    CHECK(checked(std::numeric_limits<std::int64_t>::max(), 4) == -1);
    CHECK(checked(1000, 0) == 1000);
}
