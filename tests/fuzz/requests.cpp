#include "core/message/decode_request.hpp"
#include "input.hpp"

#include <algorithm>

/// Every request; the first byte chooses the opcode, the second version and flags.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    auto bytes = fuzz::input(data, size);
    wire::frame_header header;
    header.opcode = static_cast<wire::opcode>(fuzz::take_byte(bytes));
    const auto choice = fuzz::take_byte(bytes);
    header.version = (choice & 0x80) != 0 ? 3 : (choice & 0x40) != 0 ? 5 : 4;
    const bool metadata_ids = (choice & 0x20) != 0;
    const bool version_blocks = (choice & 0x10) != 0;
    header.flags = choice & 0x06;
    const auto asked = message::decode_request(header, bytes, metadata_ids, version_blocks);
    if (!asked)
        return 0;
    // What v3 cannot say is decoded all the same.
    const auto version = header.version == 5 ? protocol_version::v5 : protocol_version::v4;
    const auto encode = [version](const message::any_request& request, base::buffer& out) {
        base::byte_writer writer(out);
        return std::visit(
            [&](const auto& each) { return each.encode(writer, version).has_value(); }, request);
    };
    base::buffer once;
    fuzz::require(encode(asked->message, once), "what was decoded encodes");
    header.flags = 0;
    header.version = static_cast<std::uint8_t>(version);
    const auto again = message::decode_request(header, once.view(), metadata_ids, version_blocks);
    fuzz::require(again.has_value(), "what was encoded decodes");
    base::buffer twice;
    fuzz::require(encode(again->message, twice), "and encodes again");
    fuzz::require(std::ranges::equal(once.view(), twice.view()), "encoding is stable");
    return 0;
}
