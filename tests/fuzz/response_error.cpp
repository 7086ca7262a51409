#include "response.hpp"

/// ERROR of every code.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cocql::fuzz::response(cocql::wire::opcode::error, cocql::fuzz::input(data, size));
    return 0;
}
