#include "core/base/short_bytes.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace cocql;

namespace {

std::vector<std::byte> some(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + size);
    return bytes;
}

} // namespace

TEST_CASE("Short runs are copied whole, and nothing beside them") {
    for (std::size_t size = 16; size < 300; ++size) {
        CAPTURE(size);
        const auto from = some(size);
        std::vector<std::byte> to(size + 2, std::byte{0xee});
        base::copy_short(to.data() + 1, from.data(), size);
        CHECK(to.front() == std::byte{0xee});
        CHECK(to.back() == std::byte{0xee});
        CHECK(std::vector<std::byte>(to.begin() + 1, to.end() - 1) == from);
    }
}

TEST_CASE("Short runs are equal if every byte is") {
    for (std::size_t size = 8; size < 100; ++size) {
        CAPTURE(size);
        const auto one = some(size);
        auto other = one;
        CHECK(base::equal_short(one.data(), other.data(), size));
        for (std::size_t at = 0; at < size; ++at) {
            other[at] ^= std::byte{0x10};
            CHECK_FALSE(base::equal_short(one.data(), other.data(), size));
            other[at] = one[at];
        }
    }
}
