#include "compressed.hpp"

/// Bodies compressed with snappy.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cocql::fuzz::compressed(cocql::compression::snappy, cocql::fuzz::input(data, size));
    return 0;
}
