#include "compressed.hpp"

/// Bodies compressed with lz4.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cocql::fuzz::compressed(cocql::compression::lz4, cocql::fuzz::input(data, size));
    return 0;
}
