#include "core/wire/segment_decoder.hpp"
#include "core/wire/segment_encoder.hpp"
#include "segments.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

using namespace cocql;
using namespace cocql::tests;

namespace {

bytes counted(std::size_t size, unsigned step = 7) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>(i * step + (i >> 9));
    return out;
}

struct decoding {
    explicit decoding(bool compression) : frames(seen), decoder(frames, compression) {}
    frame_recorder seen;
    wire::frame_assembler frames;
    wire::segment_decoder decoder;
};

std::string refusal(const bytes& input, bool compression = false) {
    decoding d(compression);
    const auto fed = d.decoder.feed(input);
    if (fed)
        return "";
    CHECK(fed.error().is(errc::protocol_error));
    return fed.error().what();
}

bool says(const std::string& text, const char* part) {
    INFO(text);
    return text.find(part) != text.npos;
}

const std::vector<std::size_t> mixed = {0, 1, 300, 2000, 131'071, 131'072, 400'000, 9, 0};

bytes encoded(bool compression) {
    base::buffer out;
    wire::segment_encoder encoder(compression);
    for (std::size_t i = 0; i < mixed.size(); ++i)
        encoder.append(out, whole_frame(static_cast<std::int16_t>(i), counted(mixed[i])),
                       out.size());
    return {out.view().begin(), out.view().end()};
}

void check_mixed(const frame_recorder& seen) {
    REQUIRE(seen.bodies.size() == mixed.size());
    for (std::size_t i = 0; i < mixed.size(); ++i) {
        CHECK(seen.streams[i] == static_cast<std::int16_t>(i));
        CHECK(seen.bodies[i] == counted(mixed[i]));
    }
}

} // namespace

TEST_CASE("A segment's header, by hand from the specification") {
    // 5 bytes, self-contained: bit 17 of a little-endian number of three bytes.
    wire::segment_header header;
    header.length = 5;
    header.self_contained = true;
    bytes six(6);
    header.encode(six, false);
    CHECK(to_hex(std::span(six).first(3)) == "050002");
    // The values of Cassandra's crc24, as in tests/core/base.
    header.length = 123'456;
    header.self_contained = false;
    header.encode(six, false);
    CHECK(to_hex(six) == "40e20166e759");
    const auto back = wire::segment_header::decode(six, false);
    REQUIRE(back.has_value());
    CHECK(back->length == 123'456);
    CHECK(!back->self_contained);
    // With compression: 17 bits, 17 bits, and bit 34.
    bytes eight(8);
    header.uncompressed_length = 0;
    header.encode(eight, true);
    CHECK(to_hex(eight) == "40e201000068e885");
    header.length = 131'071;
    header.uncompressed_length = 131'071;
    header.self_contained = true;
    header.encode(eight, true);
    CHECK(to_hex(std::span(eight).first(5)) == "ffffffff07");
    const auto full = wire::segment_header::decode(eight, true);
    REQUIRE(full.has_value());
    CHECK(full->length == 131'071);
    CHECK(full->uncompressed_length == 131'071);
    CHECK(full->self_contained);
}

TEST_CASE("A whole segment in bytes: OPTIONS on stream 0, plain and with lz4 agreed on") {
    const auto options = hex("05 00 0000 05 00000000");
    base::buffer plain;
    wire::segment_encoder(false).append(plain, options, 0);
    CHECK(plain.size() == 6 + 9 + 4);
    CHECK(to_hex(plain.view().first(3)) == "090002");
    CHECK(to_hex(plain.view().subspan(6, 9)) == to_hex(options));
    base::buffer with_lz4;
    wire::segment_encoder(true).append(with_lz4, options, 0);
    CHECK(with_lz4.size() == 8 + 9 + 4);
    CHECK(to_hex(with_lz4.view().first(5)) == "0900000004"); // 9, 0: not compressed
    CHECK(std::ranges::equal(with_lz4.view().last(4), plain.view().last(4)));
}

TEST_CASE("B2 Segments come apart the same however the bytes are split") {
    for (const bool compression : {false, true}) {
        const auto stream = encoded(compression);
        for (const std::size_t piece :
             {1u, 2u, 3u, 5u, 6u, 7u, 8u, 9u, 13u, 1000u, 65536u, 1u << 20}) {
            CAPTURE(piece);
            decoding d(compression);
            for (std::size_t at = 0; at < stream.size(); at += piece) {
                const auto part =
                    std::span(stream).subspan(at, std::min(piece, stream.size() - at));
                const bytes copy(part.begin(), part.end());
                REQUIRE(d.decoder.feed(copy));
            }
            check_mixed(d.seen);
            CHECK(!d.decoder.in_segment());
            CHECK(!d.frames.in_frame());
        }
    }
}

TEST_CASE("B2 Segments come apart when the bytes are split in two at any place") {
    for (const bool compression : {false, true}) {
        base::buffer out;
        wire::segment_encoder encoder(compression);
        for (std::int16_t i = 0; i < 4; ++i)
            encoder.append(out, whole_frame(i, bytes(200u * static_cast<unsigned>(i))), out.size());
        for (std::size_t at = 0; at <= out.size(); ++at) {
            decoding d(compression);
            REQUIRE(d.decoder.feed(out.view().first(at)));
            REQUIRE(d.decoder.feed(out.view().subspan(at)));
            CHECK(d.seen.bodies.size() == 4);
            CHECK(!d.decoder.in_segment());
        }
    }
}

TEST_CASE("Short frames share a segment until it is full or has left the buffer") {
    for (const bool compression : {false, true}) {
        const auto header = wire::segment_header::size(compression);
        wire::segment_encoder encoder(compression);
        base::buffer out;
        const auto frame = whole_frame(1, counted(100, 131));
        encoder.append(out, frame, 0);
        encoder.append(out, frame, out.size());
        encoder.append(out, frame, out.size());
        CHECK(out.size() == header + 3 * frame.size() + 4);
        const auto taken = out.size();
        {
            decoding d(compression);
            REQUIRE(d.decoder.feed(out));
            CHECK(d.seen.bodies.size() == 3);
        }
        // Taken by the writer.
        out.clear();
        encoder.append(out, frame, taken);
        CHECK(out.size() == header + frame.size() + 4);
        // Something else was written behind it: the segment is not the last any more.
        out.append(hex("00"));
        encoder.append(out, frame, taken + out.size());
        CHECK(out.size() == 2 * (header + frame.size() + 4) + 1);
    }
}

TEST_CASE("A shared segment ends before it would be longer than 131,071 bytes") {
    wire::segment_encoder encoder(false);
    base::buffer out;
    const auto frame = whole_frame(1, counted(1000));
    for (int i = 0; i < 200; ++i)
        encoder.append(out, frame, out.size());
    CHECK(out.size() == 200 * frame.size() + 2 * 10);
    decoding d(false);
    REQUIRE(d.decoder.feed(out));
    CHECK(d.seen.bodies.size() == 200);
    // A frame that just fits is self-contained, one byte more is two segments.
    for (const std::size_t extra : {0u, 1u}) {
        base::buffer one;
        wire::segment_encoder(false).append(one, whole_frame(1, counted(131'071 - 9 + extra)), 0);
        const auto first = wire::segment_header::decode(
            one.view().first(wire::segment_header::size(false)), false);
        REQUIRE(first.has_value());
        CHECK(first->length == 131'071);
        CHECK(first->self_contained == (extra == 0));
        CHECK(one.size() == 131'071 + 10 + (extra == 0 ? 0 : 11));
    }
}

TEST_CASE("What does not become shorter travels as it is though lz4 was agreed on") {
    bytes noise(5000);
    std::uint32_t state = 1;
    for (auto& byte : noise)
        byte = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
    base::buffer out;
    wire::segment_encoder(true).append(out, whole_frame(1, noise), 0);
    const auto header = wire::segment_header::decode(out.view().first(8), true);
    REQUIRE(header.has_value());
    CHECK(header->uncompressed_length == 0);
    CHECK(header->length == 5009);
    base::buffer shorter;
    wire::segment_encoder(true).append(shorter, whole_frame(1, bytes(5000)), 0);
    const auto compressed = wire::segment_header::decode(shorter.view().first(8), true);
    REQUIRE(compressed.has_value());
    CHECK(compressed->uncompressed_length == 5009);
    CHECK(compressed->length < 100);
    for (const auto* each : {&out, &shorter}) {
        decoding d(true);
        REQUIRE(d.decoder.feed(*each));
        CHECK(d.seen.bodies.size() == 1);
    }
}

TEST_CASE("R28 A changed bit anywhere in a segment is found, and which check found it is said") {
    for (const bool compression : {false, true}) {
        const auto good = segment_of(whole_frame(1, counted(20)), compression, true);
        const auto header = wire::segment_header::size(compression);
        for (std::size_t i = 0; i < good.size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                CAPTURE(i);
                auto bad = good;
                bad[i] ^= static_cast<std::byte>(1 << bit);
                CHECK(says(refusal(bad, compression), i < header ? "CRC24" : "CRC32"));
            }
    }
}

TEST_CASE("A segment cut short at any byte delivers nothing") {
    for (const bool compression : {false, true}) {
        const auto good = segment_of(whole_frame(1, counted(20)), compression, true);
        for (std::size_t size = 0; size < good.size(); ++size) {
            decoding d(compression);
            const bytes exact(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
            REQUIRE(d.decoder.feed(exact));
            CHECK(d.seen.bodies.empty());
            CHECK(d.decoder.in_segment() == (size != 0));
        }
    }
}

TEST_CASE("A self-contained segment holds whole frames and nothing else") {
    const auto frame = whole_frame(1, counted(50));
    const auto part = [&](std::size_t from, std::size_t count) {
        const auto view = std::span(frame).subspan(from, count);
        return bytes(view.begin(), view.end());
    };
    CHECK(says(refusal(segment_of(part(0, 58), false, true)), "longer than its self-contained"));
    CHECK(says(refusal(segment_of(part(0, 5), false, true)), "longer than its self-contained"));
    CHECK(says(refusal(segment_of(frame + part(0, 1), false, true)),
               "longer than its self-contained"));
    // One begun in segments of its own, and not ended.
    CHECK(says(refusal(segment_of(part(0, 30), false, false) + segment_of(frame, false, true)),
               "in the middle of a frame"));
    CHECK(refusal(segment_of(frame + frame, false, true)).empty());
    CHECK(refusal(segment_of({}, false, true)).empty());
}

TEST_CASE("Segments of a long frame hold that frame and nothing else, cut anywhere") {
    const auto frame = whole_frame(1, counted(50));
    const auto part = [&](std::size_t from, std::size_t count) {
        const auto view = std::span(frame).subspan(from, count);
        return segment_of(view, false, false);
    };
    for (std::size_t at = 0; at <= frame.size(); ++at) {
        decoding d(false);
        REQUIRE(d.decoder.feed(part(0, at) + part(at, frame.size() - at)));
        CHECK(d.seen.bodies.size() == 1);
    }
    // The header in five segments, with empty ones between.
    bytes dripping;
    for (std::size_t i = 0; i < 5; ++i)
        dripping = dripping + part(2 * i, i == 4 ? 51 : 2) + part(0, 0);
    decoding d(false);
    REQUIRE(d.decoder.feed(dripping));
    CHECK(d.seen.bodies.size() == 1);
    CHECK(says(refusal(segment_of(frame + frame, false, false)), "goes on after the frame's end"));
    CHECK(says(refusal(segment_of(frame + hex("85"), false, false)),
               "goes on after the frame's end"));
}

TEST_CASE("The assembler's own refusals come through: a frame over the limit") {
    frame_recorder seen;
    wire::frame_assembler frames(seen, 1000);
    wire::segment_decoder decoder(frames, false);
    const auto fed = decoder.feed(segment_of(hex("85 00 0001 08 10000000"), false, true));
    REQUIRE(!fed);
    CHECK(says(fed.error().what(), "longer than the limit of 1000"));
}

TEST_CASE("A compressed payload that is corrupt, or not as long as its header says, is refused") {
    const auto payload = whole_frame(1, counted(41)); // 50 bytes
    const auto block = hex("f023") + payload;         // all literals: 15, and 35 more
    CHECK(refusal(segment_of(block, true, true, 50), true).empty());
    for (const std::size_t length : {1u, 49u, 51u, 5000u})
        CHECK(says(refusal(segment_of(block, true, true, length), true), "not as long"));
    CHECK(says(refusal(segment_of(block, true, true, 131'071), true), "claims to be 131071"));
    CHECK(says(refusal(segment_of({}, true, true, 5), true), "not as long"));
    CHECK(says(refusal(segment_of(hex("ffffffff"), true, true, 50), true), "corrupt"));
}

TEST_CASE("A frame assembler stops where it is told to, and goes on from there") {
    class stopping final : public wire::frame_receiver {
      public:
        result<void> header_received(const wire::frame_header&) override { return {}; }
        result<void> frame_received(wire::frame&) override {
            if (++frames == 2)
                assembler->stop();
            return {};
        }
        int frames = 0;
        wire::frame_assembler* assembler = nullptr;
    };
    for (const std::size_t size : {0u, 10u}) {
        const auto frame = whole_frame(1, counted(size));
        stopping receiver;
        wire::frame_assembler assembler(receiver);
        receiver.assembler = &assembler;
        const auto fed = assembler.feed(frame + frame + frame);
        REQUIRE(fed.has_value());
        CHECK(*fed == 2 * frame.size());
        CHECK(receiver.frames == 2);
        CHECK(assembler.received() == 2);
        CHECK(assembler.feed(frame).value() == frame.size());
        CHECK(receiver.frames == 3);
    }
}

TEST_CASE("Segments captured from Cassandra come apart, the same with compression and without") {
    std::ifstream in(std::string(GOLDEN_FOLDER) + "/cassandra_segments.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line.front() != '#')
            lines.push_back(line);
    REQUIRE(lines.size() == 3 * 6);
    std::map<std::string, std::vector<bytes>> bodies;
    for (std::size_t i = 0; i < lines.size(); i += 3) {
        CAPTURE(lines[i + 1]);
        const bool compression = lines[i] == "lz4";
        const auto segment = hex(lines[i + 2]);
        decoding d(compression);
        REQUIRE(d.decoder.feed(segment));
        REQUIRE(d.seen.bodies.size() == 1);
        CHECK(!d.decoder.in_segment());
        bodies[lines[i + 1]].push_back(d.seen.bodies[0]);
        // What is not compressed has one form only.
        const auto header = wire::segment_header::decode(
            std::span(segment).first(wire::segment_header::size(compression)), compression);
        if (header->uncompressed_length == 0 && lines[i + 1] != "  AUTH_SUCCESS")
            CHECK(to_hex(segment_of(whole_frame(1, d.seen.bodies[0]), compression, true)) ==
                  to_hex(segment));
    }
    std::size_t pairs = 0;
    for (const auto& [name, both] : bodies)
        if (both.size() == 2) {
            CHECK(both[0] == both[1]);
            ++pairs;
        }
    CHECK(pairs == 2);
}
