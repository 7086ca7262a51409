#include "response.hpp"

/// EVENT of every type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cocql::fuzz::response(cocql::wire::opcode::event, cocql::fuzz::input(data, size));
    return 0;
}
