#include "response.hpp"

/// SUPPORTED.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cocql::fuzz::response(cocql::wire::opcode::supported, cocql::fuzz::input(data, size));
    return 0;
}
