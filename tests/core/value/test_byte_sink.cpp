#include "../bytes.hpp"

#include <cocql/byte_sink.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

using namespace cocql;
using tests::to_hex;

namespace {

/// Sizes around that of the room inside the object, and beyond the blocks that are recycled.
constexpr std::size_t sizes[] = {0, 1, 63, 64, 65, 255, 256, 257, 20'000, 1'000'000};

/// As many bytes as asked for, made once: bytes made, spelled and compared one by one by code that
/// is not optimised take seconds.
std::span<const std::byte> pattern(std::size_t size) {
    static const auto longest = [] {
        std::vector<std::byte> bytes(sizes[std::size(sizes) - 1]);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::byte>(i * 7 % 251);
        return bytes;
    }();
    return std::span(longest).first(size);
}

byte_sink sink_of(std::size_t size) {
    byte_sink sink;
    sink.put(pattern(size));
    return sink;
}

bool same(std::span<const std::byte> left, std::span<const std::byte> right) {
    return left.size() == right.size() &&
           (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
}

/// The pattern, and behind it "unset".
bool is_pattern_and_unset(const byte_sink& sink, std::size_t size) {
    return sink.size() == size + 4 && same(sink.bytes().first(size), pattern(size)) &&
           to_hex(sink.bytes().subspan(size)) == "fffffffe";
}

} // namespace

TEST_CASE("What is put into a sink is there, byte by byte or at once") {
    for (const auto size : sizes) {
        CAPTURE(size);
        byte_sink slowly;
        for (const auto byte : pattern(size))
            slowly.put_byte(byte);
        CHECK(same(slowly.bytes(), pattern(size)));
        const auto at_once = sink_of(size);
        CHECK(same(at_once.bytes(), pattern(size)));
        byte_sink reserved;
        reserved.reserve(size);
        const auto* const room = reserved.bytes().data();
        reserved.put(pattern(size));
        CHECK(reserved.bytes().data() == room);
        CHECK(same(reserved.bytes(), pattern(size)));
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
            from.put_unset();
            auto moved = std::move(from);
            CHECK(is_pattern_and_unset(moved, size));
            CHECK(moved.has_unset());
            // What was moved from can be used again.
            from.put_byte(std::byte{9});
            CHECK(to_hex(from.bytes()) == "09");
            CHECK_FALSE(from.has_unset());

            auto over = sink_of(other);
            over = std::move(moved);
            CHECK(is_pattern_and_unset(over, size));
            const auto copy = over;
            CHECK(is_pattern_and_unset(copy, size));
            CHECK(copy.has_unset());
            auto copied_over = sink_of(other);
            copied_over.fail("no");
            copied_over = copy;
            CHECK(is_pattern_and_unset(copied_over, size));
            CHECK_FALSE(copied_over.failed());
            auto& itself = copied_over;
            copied_over = std::move(itself);
            CHECK(is_pattern_and_unset(copied_over, size));
        }
    byte_sink failed;
    failed.fail("why");
    failed.fail("later");
    const auto moved = std::move(failed);
    CHECK(moved.why() == "why");
}
