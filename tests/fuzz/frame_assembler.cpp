#include "core/wire/frame_assembler.hpp"

#include "input.hpp"

#include <algorithm>
#include <vector>

namespace {

using namespace cocql;

/// Keeps what it is given.
class recorder final : public wire::frame_receiver {
  public:
    result<void> header_received(const wire::frame_header&) override { return {}; }
    result<void> frame_received(wire::frame& frame) override {
        fuzz::require(frame.body().size() == frame.header().length, "a body is as long as it says");
        const auto kept = frame.take();
        bodies.emplace_back(kept.view().begin(), kept.view().end());
        return {};
    }
    std::vector<std::vector<std::byte>> bodies;
};

/// `in_place`: what can be is read to where the assembler wants it.
std::vector<std::vector<std::byte>> frames(std::span<const std::byte> bytes, std::size_t piece,
                                           bool in_place) {
    recorder seen;
    wire::frame_assembler assembler(seen, 1024 * 1024);
    while (!bytes.empty()) {
        const auto room = in_place ? assembler.room() : std::span<std::byte>();
        const auto count = std::min({piece, bytes.size(), room.empty() ? piece : room.size()});
        std::copy_n(bytes.begin(), room.empty() ? 0 : count, room.begin());
        const bool taken = room.empty() ? assembler.feed(bytes.first(count)).has_value()
                                        : assembler.filled(count).has_value();
        if (!taken)
            break;
        bytes = bytes.subspan(count);
    }
    return seen.bodies;
}

} // namespace

/// A stream of frames: however it is cut, the same frames come out. The first byte is the piece's
/// size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto bytes = fuzz::input(data, size);
    const std::size_t piece = 1u + fuzz::take_byte(bytes);
    const auto whole = frames(bytes, bytes.size() + 1, false);
    fuzz::require(frames(bytes, piece, false) == whole, "cuts do not matter");
    fuzz::require(frames(bytes, piece, true) == whole, "the place does not matter");
    return 0;
}
