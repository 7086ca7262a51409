#include "core/message/decode_response.hpp"
#include "input.hpp"

#include <sstream>

/// The whole way of an answer: a frame's body to a page, its rows, its cells, their display; and
/// the same bytes as the answer to PREPARE.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    auto bytes = fuzz::input(data, size);
    wire::frame_header header;
    header.version = 0x84;
    header.opcode = wire::opcode::result;
    header.flags = fuzz::take_byte(bytes) & 0x0e;
    static_cast<void>(message::decode_prepared(header, bytes, "cql"));
    const auto made = message::decode_page(header, base::shared_bytes::copy_of(bytes));
    if (!made)
        return 0;
    std::size_t rows = 0;
    std::ostringstream shown;
    for (const auto row : made->rows()) {
        for (const auto& cell : row.cells())
            shown << cell;
        ++rows;
    }
    fuzz::require(rows == made->size(), "as many rows as the page says");
    return 0;
}
