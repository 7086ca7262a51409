#include "../bytes.hpp"
#include "core/wire/frame_header.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using tests::hex;
using tests::to_hex;

namespace {

wire::frame_header header_of(const char* digits) {
    const auto input = hex(digits);
    REQUIRE(input.size() == 9);
    return wire::frame_header::decode(std::span<const std::byte, 9>(input));
}

} // namespace

TEST_CASE("A frame header comes apart into its fields") {
    const auto header = header_of("84 0e ffff 0c 000000a2");
    CHECK(header.version == 0x84);
    CHECK(header.is_response());
    CHECK(header.version_number() == 4);
    CHECK(header.flags == 0x0e);
    CHECK(header.stream == -1);
    CHECK(header.opcode == wire::opcode::event);
    CHECK(header.length == 162);
}

TEST_CASE("A frame header is not judged: any nine bytes decode and encode back to themselves") {
    for (const char* digits : {"000000000000000000", "ffffffffffffffffff", "04000101000000 0036",
                               "0a8000427fffffff00"}) {
        CAPTURE(std::string(digits));
        const auto header = header_of(digits);
        base::buffer buffer;
        base::byte_writer out(buffer);
        header.encode(out);
        CHECK(to_hex(buffer) == to_hex(hex(digits)));
    }
    CHECK(header_of("03 00 8000 07 80000000").stream == -32768);
    CHECK(header_of("03 00 8000 07 80000000").length == 0x80000000u);
}
