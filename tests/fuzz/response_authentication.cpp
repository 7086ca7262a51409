#include "response.hpp"

/// AUTHENTICATE, AUTH_CHALLENGE, AUTH_SUCCESS and READY; the first byte chooses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    auto bytes = fuzz::input(data, size);
    constexpr wire::opcode opcodes[] = {wire::opcode::authenticate, wire::opcode::auth_challenge,
                                        wire::opcode::auth_success, wire::opcode::ready};
    const auto chosen = opcodes[fuzz::take_byte(bytes) % 4];
    fuzz::response(chosen, bytes);
    return 0;
}
