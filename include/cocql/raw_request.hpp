#pragma once

#include <cocql/opcode.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cocql {

/// A request by opcode and ready body, for what this library has no function for.
struct raw_request {
    raw_request(cocql::opcode opcode, std::vector<std::byte> body)
        : opcode(opcode), body(std::move(body)) {}
    cocql::opcode opcode;
    std::vector<std::byte> body;
};

/// What came back for it.
struct raw_response {
    raw_response() = default;
    raw_response(cocql::opcode opcode, std::uint8_t flags, std::vector<std::byte> body)
        : opcode(opcode), flags(flags), body(std::move(body)) {}
    cocql::opcode opcode = cocql::opcode::ready;
    std::uint8_t flags = 0;
    std::vector<std::byte> body;
};

} // namespace cocql
