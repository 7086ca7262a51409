#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cocql {

/// A request by opcode and ready body, for what this library has no function for.
struct raw_request {
    raw_request(std::uint8_t opcode, std::vector<std::byte> body)
        : opcode(opcode), body(std::move(body)) {}
    std::uint8_t opcode;
    std::vector<std::byte> body;
};

/// What came back for it.
struct raw_response {
    raw_response() = default;
    raw_response(std::uint8_t opcode, std::uint8_t flags, std::vector<std::byte> body)
        : opcode(opcode), flags(flags), body(std::move(body)) {}
    std::uint8_t opcode = 0;
    std::uint8_t flags = 0;
    std::vector<std::byte> body;
};

} // namespace cocql
