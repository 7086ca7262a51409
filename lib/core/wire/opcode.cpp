#include "core/wire/opcode.hpp"

namespace cocql {

std::string_view to_string(opcode value) noexcept {
    switch (value) {
    case opcode::error:
        return "ERROR";
    case opcode::startup:
        return "STARTUP";
    case opcode::ready:
        return "READY";
    case opcode::authenticate:
        return "AUTHENTICATE";
    case opcode::options:
        return "OPTIONS";
    case opcode::supported:
        return "SUPPORTED";
    case opcode::query:
        return "QUERY";
    case opcode::result:
        return "RESULT";
    case opcode::prepare:
        return "PREPARE";
    case opcode::execute:
        return "EXECUTE";
    case opcode::register_:
        return "REGISTER";
    case opcode::event:
        return "EVENT";
    case opcode::batch:
        return "BATCH";
    case opcode::auth_challenge:
        return "AUTH_CHALLENGE";
    case opcode::auth_response:
        return "AUTH_RESPONSE";
    case opcode::auth_success:
        return "AUTH_SUCCESS";
    }
    return "UNKNOWN";
}

} // namespace cocql

namespace cocql::wire {

bool is_request(opcode value) noexcept {
    switch (value) {
    case opcode::startup:
    case opcode::options:
    case opcode::query:
    case opcode::prepare:
    case opcode::execute:
    case opcode::register_:
    case opcode::batch:
    case opcode::auth_response:
        return true;
    default:
        return false;
    }
}

bool is_response(opcode value) noexcept {
    return !is_request(value) && to_string(value) != "UNKNOWN";
}

} // namespace cocql::wire
