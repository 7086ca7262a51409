#include "../bytes.hpp"

#include <cocql/byte_sink.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cocql;
using tests::to_hex;

namespace {

/// Sizes around that of the room inside the object, and beyond the blocks that are recycled.
constexpr std::size_t sizes[] = {0, 1, 63, 64, 65, 255, 256, 257, 20'000, 1'000'000};

byte_sink sink_of(std::size_t size) {
    byte_sink sink;
    for (std::size_t i = 0; i < size; ++i)
        sink.put_byte(static_cast<std::byte>(i * 7 % 251));
    return sink;
}

} // namespace

TEST_CASE("What is put into a sink is there, byte by byte or at once") {
    for (const auto size : sizes) {
        CAPTURE(size);
        const auto slowly = sink_of(size);
        REQUIRE(slowly.size() == size);
        byte_sink at_once;
        at_once.put(slowly.bytes());
        CHECK(to_hex(at_once.bytes()) == to_hex(slowly.bytes()));
        byte_sink reserved;
        reserved.reserve(size);
        const auto* const room = reserved.bytes().data();
        reserved.put(slowly.bytes());
        CHECK(reserved.bytes().data() == room);
        CHECK(to_hex(reserved.bytes()) == to_hex(slowly.bytes()));
    }
    byte_sink numbers;
    numbers.put_number(std::uint8_t{1});
    numbers.put_number(std::uint16_t{0x0203});
    numbers.put_number(std::uint32_t{0x04050607});
    numbers.put_number(std::uint64_t{0x08090a0b0c0d0e0f});
    CHECK(to_hex(numbers.bytes()) == "0102030405060708090a0b0c0d0e0f");
    byte_sink cells;
    cells.put_cell(std::uint8_t{1});
    cells.put_cell(std::uint16_t{0x0203});
    cells.put_cell(std::uint64_t{4});
    CHECK(to_hex(cells.bytes()) == "0000000101"
                                   "000000020203"
                                   "000000080000000000000004");
}

TEST_CASE("A few short values after a long one do not move it") {
    byte_sink sink;
    sink.put(std::string(1'000'000, 'x'));
    const auto* const where = sink.bytes().data();
    for (int i = 0; i < 20; ++i)
        sink.put_number(std::uint64_t{7});
    CHECK(sink.bytes().data() == where);
}

TEST_CASE("A sink is moved and copied with its bytes, its reason and its unset") {
    for (const auto size : sizes)
        for (const auto other : sizes) {
            CAPTURE(size);
            CAPTURE(other);
            auto from = sink_of(size);
            const auto expected = to_hex(from.bytes());
            from.put_unset();
            auto moved = std::move(from);
            CHECK(to_hex(moved.bytes()) == expected + "fffffffe");
            CHECK(moved.has_unset());
            // What was moved from can be used again.
            from.put_byte(std::byte{9});
            CHECK(to_hex(from.bytes()) == "09");
            CHECK_FALSE(from.has_unset());

            auto over = sink_of(other);
            over = std::move(moved);
            CHECK(to_hex(over.bytes()) == expected + "fffffffe");
            const auto copy = over;
            CHECK(to_hex(copy.bytes()) == to_hex(over.bytes()));
            CHECK(copy.has_unset());
            auto copied_over = sink_of(other);
            copied_over.fail("no");
            copied_over = copy;
            CHECK(to_hex(copied_over.bytes()) == to_hex(copy.bytes()));
            CHECK_FALSE(copied_over.failed());
            auto& itself = copied_over;
            copied_over = std::move(itself);
            CHECK(to_hex(copied_over.bytes()) == to_hex(copy.bytes()));
        }
    byte_sink failed;
    failed.fail("why");
    failed.fail("later");
    const auto moved = std::move(failed);
    CHECK(moved.why() == "why");
}
