#include "message_reader.hpp"
#include "random_messages.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace cocql;

/// Writes `count` messages, feeds them back in pieces, and compares what was read.
void read_back(protocol_version version, compression kind, std::uint64_t count) {
    CAPTURE(static_cast<int>(version));
    CAPTURE(static_cast<int>(kind));
    std::vector<std::string> said;
    std::size_t next = 0;
    tests::message_reader reader(version, kind, [&](const tests::whole_message& whole) {
        REQUIRE(next < said.size());
        REQUIRE(tests::describe(whole) == said[next]);
        ++next;
    });
    tests::random_messages messages(version, 1 + static_cast<std::uint64_t>(kind));
    base::buffer frame;
    base::buffer out;
    std::uint64_t queued = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto whole = messages.next();
        frame.clear();
        REQUIRE(tests::encode(whole, frame));
        said.push_back(tests::describe(whole));
        if (reader.framing().writes_plainly())
            out.append(frame);
        else
            reader.framing().append(out, frame, queued + out.size());
        if (i % 7 != 0 && i + 1 != count)
            continue;
        for (auto rest = out.view(); !rest.empty();) {
            const auto piece = rest.first(std::min<std::size_t>(rest.size(), 1'000 + i % 5'000));
            const auto fed = reader.feed(piece);
            REQUIRE_MESSAGE(fed, fed.error().what());
            rest = rest.subspan(piece.size());
        }
        queued += out.size();
        out.clear();
    }
    CHECK(next == count);
    CHECK_FALSE(reader.in_middle());
}

} // namespace

TEST_CASE(
    "random messages of every kind are read as they were written, v3 to v5, compressed or not") {
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5})
        for (const auto kind : {compression::none, compression::lz4, compression::snappy})
            // v5 has no snappy.
            if (version < protocol_version::v5 || kind != compression::snappy)
                read_back(version, kind, 1'000);
}
