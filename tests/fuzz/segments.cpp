#include "../core/wire/segments.hpp"

#include "core/wire/segment_decoder.hpp"
#include "core/wire/segment_encoder.hpp"
#include "input.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace {

using namespace cocql;
using tests::bytes;

/// What came out, and whether the end was an error.
struct outcome {
    std::vector<bytes> bodies;
    bool refused = false;
    friend bool operator==(const outcome&, const outcome&) = default;
};

outcome decoded(std::span<const std::byte> input, bool compression, std::size_t piece) {
    tests::frame_recorder seen;
    wire::frame_assembler frames(seen, 1024 * 1024);
    wire::segment_decoder decoder(frames, compression);
    outcome all;
    while (!input.empty() && !all.refused) {
        const auto count = std::min(piece, input.size());
        all.refused = !decoder.feed(input.first(count));
        input = input.subspan(count);
    }
    all.bodies = std::move(seen.bodies);
    return all;
}

/// A script of segments with right checks, which fuzzing would never hit upon: how it is made (a
/// byte), the payload's length, perhaps another it claims to have had, the payload.
bytes segments_of(std::span<const std::byte> script, bool compression) {
    bytes out;
    while (!script.empty()) {
        const auto how = fuzz::take_byte(script);
        const std::size_t length = std::min<std::size_t>(fuzz::take_byte(script), script.size());
        const std::size_t claimed =
            (how & 2) != 0 ? fuzz::take_byte(script) * ((how & 4) ? 511u : 1u) : 0u;
        const auto payload = script.first(std::min(length, script.size()));
        script = script.subspan(payload.size());
        auto segment =
            tests::segment_of(payload, compression, (how & 1) != 0, compression ? claimed : 0);
        if ((how & 0xf0) == 0xf0)
            segment.back() ^= std::byte{1};
        out.insert(out.end(), segment.begin(), segment.end());
    }
    return out;
}

/// Frames of the lengths and bytes of the script, written and read again.
void round_trip(std::span<const std::byte> script, bool compression, bool with_long_one) {
    wire::segment_encoder encoder(compression);
    base::buffer out;
    std::vector<bytes> bodies;
    std::uint64_t queued = 0;
    bytes stream;
    while (!script.empty()) {
        const auto how = fuzz::take_byte(script);
        const auto seed = fuzz::take_byte(script);
        // One long frame, in few runs: they take long.
        const bool lengthy = (how & 0x40) != 0 && std::exchange(with_long_one, false);
        bytes body((how & 0x3f) * (lengthy ? 2100u : 9u), static_cast<std::byte>(seed));
        for (std::size_t i = 0; i < body.size() && i < script.size(); ++i)
            body[i] = script[i];
        const auto before = out.size();
        encoder.append(out, tests::whole_frame(1, body), queued);
        queued += out.size() - before;
        bodies.push_back(std::move(body));
        if ((how & 0x80) != 0) {
            stream.insert(stream.end(), out.view().begin(), out.view().end());
            out.clear();
        }
    }
    stream.insert(stream.end(), out.view().begin(), out.view().end());
    const auto back = decoded(stream, compression, stream.size() + 1);
    fuzz::require(!back.refused, "what was encoded decodes");
    fuzz::require(back.bodies == bodies, "to the same frames");
}

} // namespace

/// The first byte chooses: bytes as they are, segments with right checks, or frames to be encoded;
/// with compression or without; and how the input is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzz::input(data, std::min<std::size_t>(size, 512));
    const auto choice = fuzz::take_byte(input);
    const bool compression = (choice & 1) != 0;
    if ((choice & 6) == 6) {
        round_trip(input, compression, (choice & 0xe0) == 0xe0);
        return 0;
    }
    const bytes stream =
        (choice & 2) != 0 ? segments_of(input, compression) : bytes(input.begin(), input.end());
    const std::size_t piece = 1u + (choice >> 3);
    fuzz::require(decoded(stream, compression, piece) ==
                      decoded(stream, compression, stream.size() + 1),
                  "cuts do not matter");
    return 0;
}
