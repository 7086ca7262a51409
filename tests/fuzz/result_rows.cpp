#include "response.hpp"

#include <vector>

/// RESULT/Rows: the kind is put before the input, so that no run is spent on finding it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    auto bytes = fuzz::input(data, size);
    // Flags would put other things first; result kinds are fuzzed without them.
    const auto choice = fuzz::take_byte(bytes) & 0xc0;
    std::vector<std::byte> body{static_cast<std::byte>(choice), {}, {}, {}, std::byte{2}};
    body.insert(body.end(), bytes.begin(), bytes.end());
    fuzz::response(wire::opcode::result, body);
    return 0;
}
