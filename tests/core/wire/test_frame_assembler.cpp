#include "../bytes.hpp"
#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/frame_assembler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

using namespace cocql;
using tests::bytes;
using tests::to_hex;

namespace {

/// The bytes that were ever asked for through operator new, so that a test can bound them.
std::atomic<std::size_t> allocated{0};

} // namespace

// The replaced operators are this executable's own. Sized and array forms end up here.
void* operator new(std::size_t size) {
    allocated += size;
    if (void* room = std::malloc(size == 0 ? 1 : size))
        return room;
    throw std::bad_alloc();
}
void operator delete(void* room) noexcept {
    std::free(room);
}
void operator delete(void* room, std::size_t) noexcept {
    std::free(room);
}

namespace {

/// Writes down what it is given.
class recorder final : public wire::frame_receiver {
  public:
    result<void> header_received(const wire::frame_header& header) override {
        headers.push_back(header);
        if (refuse_header)
            return error(errc::protocol_error, "refused");
        return {};
    }
    result<void> frame_received(wire::frame& frame) override {
        bodies.push_back(to_hex(frame.body()));
        kept.push_back(frame.take());
        if (bodies.size() == refuse_at)
            return error(errc::protocol_error, "enough");
        return {};
    }

    std::vector<wire::frame_header> headers;
    std::vector<std::string> bodies;
    std::vector<base::shared_bytes> kept;
    bool refuse_header = false;
    std::size_t refuse_at = 0;
};

void append_frame(base::buffer& out, std::int16_t stream, std::span<const std::byte> body) {
    base::byte_writer writer(out);
    wire::frame_header header;
    header.version = 0x84;
    header.stream = stream;
    header.opcode = wire::opcode::result;
    header.length = static_cast<std::uint32_t>(body.size());
    header.encode(writer);
    writer.write_bytes(body);
}

bytes body_of(std::size_t size) {
    bytes body(size);
    for (std::size_t i = 0; i < size; ++i)
        body[i] = static_cast<std::byte>(i * 7 + size);
    return body;
}

const std::vector<std::size_t> mixed_sizes = {0, 1, 9, 0, 0, 100, 8, 3000, 2, 0};

base::buffer mixed_frames() {
    base::buffer stream;
    for (std::size_t i = 0; i < mixed_sizes.size(); ++i)
        append_frame(stream, static_cast<std::int16_t>(i), body_of(mixed_sizes[i]));
    return stream;
}

void check_mixed(const recorder& seen) {
    REQUIRE(seen.bodies.size() == mixed_sizes.size());
    REQUIRE(seen.headers.size() == mixed_sizes.size());
    for (std::size_t i = 0; i < mixed_sizes.size(); ++i) {
        CHECK(seen.headers[i].stream == static_cast<std::int16_t>(i));
        CHECK(seen.bodies[i] == to_hex(body_of(mixed_sizes[i])));
        CHECK(to_hex(seen.kept[i].view()) == seen.bodies[i]);
    }
}

} // namespace

TEST_CASE("B2 Frames come out whole however the bytes are split, from one byte to all at once") {
    const auto stream = mixed_frames();
    for (const std::size_t piece : {1u, 2u, 3u, 5u, 8u, 9u, 10u, 17u, 64u, 1000u, 4096u}) {
        CAPTURE(piece);
        recorder seen;
        wire::frame_assembler assembler(seen);
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            // A copy that is gone afterwards: what was not taken must not be looked at again.
            const auto part = stream.view().subspan(at, std::min(piece, stream.size() - at));
            const bytes copy(part.begin(), part.end());
            REQUIRE(assembler.feed(copy));
        }
        check_mixed(seen);
        CHECK(!assembler.in_frame());
    }
}

TEST_CASE("B2 Frames come out whole when the bytes are split in two at any place") {
    const auto stream = mixed_frames();
    for (std::size_t at = 0; at <= stream.size(); ++at) {
        CAPTURE(at);
        recorder seen;
        wire::frame_assembler assembler(seen);
        REQUIRE(assembler.feed(stream.view().first(at)));
        REQUIRE(assembler.feed(stream.view().subspan(at)));
        CHECK(seen.bodies.size() == mixed_sizes.size());
    }
}

TEST_CASE("T A partial header (one byte, the rest) and a partial body (nine bytes, the rest)") {
    base::buffer stream;
    append_frame(stream, 1, body_of(20));
    for (const std::size_t at : {1u, 9u}) {
        recorder seen;
        wire::frame_assembler assembler(seen);
        REQUIRE(assembler.feed(stream.view().first(at)));
        CHECK(assembler.in_frame());
        CHECK(seen.bodies.empty());
        CHECK(seen.headers.size() == (at == 9 ? 1 : 0));
        REQUIRE(assembler.feed(stream.view().subspan(at)));
        CHECK(seen.bodies.size() == 1);
        CHECK(!assembler.in_frame());
    }
}

TEST_CASE("Ten thousand frames in one feed all come out, in order") {
    base::buffer stream;
    for (int i = 0; i < 10'000; ++i)
        append_frame(stream, static_cast<std::int16_t>(i),
                     body_of(static_cast<std::size_t>(i % 7)));
    recorder seen;
    wire::frame_assembler assembler(seen);
    REQUIRE(assembler.feed(stream));
    REQUIRE(seen.headers.size() == 10'000);
    REQUIRE(seen.bodies.size() == 10'000);
    for (int i = 0; i < 10'000; ++i)
        REQUIRE(seen.headers[static_cast<std::size_t>(i)].stream == static_cast<std::int16_t>(i));
}

TEST_CASE("A length over the limit is refused with its header, before anything is allocated") {
    recorder seen;
    wire::frame_assembler assembler(seen, 1000);
    base::buffer stream;
    append_frame(stream, 1, body_of(1000));
    REQUIRE(assembler.feed(stream));
    CHECK(seen.bodies.size() == 1);
    const auto header = tests::hex("84000001 08 000003e9");
    const auto before = allocated.load();
    const auto fed = assembler.feed(header);
    REQUIRE(!fed);
    CHECK(allocated - before < 4096);
    CHECK(fed.error().is(errc::protocol_error));
    CHECK(std::string(fed.error().what()).find("1001") != std::string::npos);
}

TEST_CASE("A length with the sign bit set is over every limit") {
    recorder seen;
    wire::frame_assembler assembler(seen, 0x7fffffff);
    CHECK(!assembler.feed(tests::hex("84000001 08 80000000")));
}

TEST_CASE("A header that announces 200 MB and ten bytes after it allocate less than 1 MiB") {
    recorder seen;
    wire::frame_assembler assembler(seen);
    const auto input = tests::hex("84000001 08 0c800000 00010203040506070809");
    const auto before = allocated.load();
    REQUIRE(assembler.feed(input));
    CHECK(allocated - before <= 1024 * 1024);
    CHECK(assembler.in_frame());
    CHECK(seen.bodies.empty());
}

TEST_CASE("Memory for a long body follows the bytes that came") {
    recorder seen;
    wire::frame_assembler assembler(seen);
    REQUIRE(assembler.feed(tests::hex("84000001 08 0c800000")));
    const bytes piece(16 * 1024);
    const auto before = allocated.load();
    std::size_t fed = 0;
    for (; fed < 4u * 1024 * 1024; fed += piece.size())
        REQUIRE(assembler.feed(piece));
    // Doubling: all rooms together are at most four times what came.
    CHECK(allocated - before <= 4 * fed);
}

TEST_CASE("The receiver's error ends the feed and is handed on") {
    base::buffer stream;
    for (std::int16_t i = 0; i < 5; ++i)
        append_frame(stream, i, body_of(3));
    recorder seen;
    seen.refuse_at = 2;
    wire::frame_assembler assembler(seen);
    const auto fed = assembler.feed(stream);
    REQUIRE(!fed);
    CHECK(std::string(fed.error().what()) == "enough");
    CHECK(seen.bodies.size() == 2);

    recorder strict;
    strict.refuse_header = true;
    wire::frame_assembler refusing(strict);
    CHECK(!refusing.feed(stream.view().first(9)));
    CHECK(strict.bodies.empty());
}

TEST_CASE("A body that was collected is handed over, one inside the input is copied") {
    base::buffer stream;
    append_frame(stream, 1, body_of(500));
    recorder seen;
    wire::frame_assembler assembler(seen);
    {
        bytes input(stream.view().begin(), stream.view().end());
        REQUIRE(assembler.feed(input));
        std::ranges::fill(input, std::byte{0xee});
    }
    REQUIRE(assembler.feed(stream.view().first(100)));
    REQUIRE(assembler.feed(stream.view().subspan(100)));
    REQUIRE(seen.kept.size() == 2);
    for (const auto& kept : seen.kept)
        CHECK(to_hex(kept.view()) == to_hex(body_of(500)));
}

TEST_CASE("The rest of a long body is read to where it is kept, in any pieces") {
    const std::vector<std::size_t> sizes = {5, 40'000, 0, 700'000, 3'000'000, 33'000, 7};
    base::buffer stream;
    for (std::size_t i = 0; i < sizes.size(); ++i)
        append_frame(stream, static_cast<std::int16_t>(i), body_of(sizes[i]));
    for (const std::size_t piece : {1'000u, 32'768u, 100'000u, 10'000'000u}) {
        CAPTURE(piece);
        recorder seen;
        wire::frame_assembler assembler(seen);
        std::size_t in_place = 0;
        for (std::size_t at = 0; at < stream.size();) {
            auto room = assembler.room();
            const auto rest = stream.view().subspan(at);
            if (room.empty()) {
                const auto part = rest.first(std::min({piece, rest.size(), std::size_t{32'768}}));
                REQUIRE(assembler.feed(part));
                at += part.size();
                continue;
            }
            const auto count = std::min({piece, rest.size(), room.size()});
            std::copy_n(rest.begin(), count, room.begin());
            REQUIRE(assembler.filled(count));
            at += count;
            in_place += count;
        }
        REQUIRE(seen.kept.size() == sizes.size());
        for (std::size_t i = 0; i < sizes.size(); ++i)
            CHECK(seen.bodies[i] == to_hex(body_of(sizes[i])));
        CHECK(!assembler.in_frame());
        CHECK(in_place > 3'000'000);
    }
}

TEST_CASE("There is no other place for headers, for short bodies and for the end of long ones") {
    recorder seen;
    wire::frame_assembler assembler(seen);
    CHECK(assembler.room().empty());
    base::buffer stream;
    append_frame(stream, 1, body_of(40'000));
    REQUIRE(assembler.feed(stream.view().first(5)));
    CHECK(assembler.room().empty());
    REQUIRE(assembler.feed(stream.view().subspan(5, 4)));
    CHECK(assembler.room().size() == 40'000);
    REQUIRE(assembler.feed(stream.view().subspan(9, 10'000)));
    CHECK(assembler.room().empty());
    REQUIRE(assembler.feed(stream.view().subspan(10'009)));
    CHECK(seen.bodies.size() == 1);
    stream.clear();
    append_frame(stream, 2, body_of(32'767));
    REQUIRE(assembler.feed(stream.view().first(9)));
    CHECK(assembler.room().empty());
}

TEST_CASE("An error of the receiver is handed on where a body was read in place too") {
    recorder seen;
    seen.refuse_at = 1;
    wire::frame_assembler assembler(seen);
    base::buffer stream;
    append_frame(stream, 1, body_of(40'000));
    REQUIRE(assembler.feed(stream.view().first(9)));
    const auto room = assembler.room();
    REQUIRE(room.size() == 40'000);
    const auto body = stream.view().subspan(9);
    std::copy(body.begin(), body.end(), room.begin());
    REQUIRE(assembler.filled(39'999));
    const auto filled = assembler.filled(1);
    REQUIRE(!filled);
    CHECK(std::string(filled.error().what()) == "enough");
}
