#include "../bytes.hpp"
#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/base/shared_bytes.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using tests::hex;
using tests::to_hex;

TEST_CASE("A buffer keeps its bytes while it grows") {
    base::buffer buffer;
    for (int i = 0; i < 1000; ++i)
        buffer.append(hex("0102030405"));
    CHECK(buffer.size() == 5000);
    CHECK(to_hex(buffer.view().subspan(4990)) == "01020304050102030405");
    CHECK(buffer.capacity() < 2 * 5000);
}

TEST_CASE("A moved buffer leaves an empty one behind") {
    base::buffer buffer;
    buffer.append(hex("aa"));
    base::buffer taken(std::move(buffer));
    CHECK(taken.size() == 1);
    CHECK(buffer.empty());
    buffer.append(hex("bb"));
    CHECK(to_hex(buffer) == "bb");
}

TEST_CASE("A cleared buffer keeps its room, a truncated one its beginning") {
    base::buffer buffer(100);
    buffer.append(hex("010203"));
    buffer.truncate(1);
    CHECK(to_hex(buffer) == "01");
    buffer.clear();
    CHECK(buffer.empty());
    CHECK(buffer.capacity() == 100);
}

TEST_CASE("Appending nothing to a buffer without bytes is nothing") {
    base::buffer buffer;
    buffer.append({});
    CHECK(buffer.empty());
    CHECK(buffer.view().empty());
}

TEST_CASE("A byte writer writes in network order and patches lengths afterwards") {
    base::buffer buffer;
    base::byte_writer out(buffer);
    out.write_u8(0x01);
    const auto mark = out.position();
    out.write_i32(0);
    out.write_u16(0x0203);
    out.write_i64(-2);
    out.patch_i32(mark, 10);
    CHECK(to_hex(buffer) == "01"
                            "0000000a"
                            "0203"
                            "fffffffffffffffe");
}

TEST_CASE("Shared bytes outlive the one that made them") {
    base::shared_bytes kept;
    {
        const auto original = hex("010203");
        kept = base::shared_bytes::copy_of(original);
    }
    CHECK(to_hex(kept.view()) == "010203");
    CHECK(base::shared_bytes::copy_of({}).size() == 0);
    CHECK(base::shared_bytes().view().empty());
}
