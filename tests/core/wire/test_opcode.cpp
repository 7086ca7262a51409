#include "core/wire/opcode.hpp"

#include <doctest/doctest.h>

using namespace cocql;

TEST_CASE("Every opcode of the protocol is a request or a response, no other number is") {
    for (int number = 0; number <= 0xff; ++number) {
        CAPTURE(number);
        const auto opcode = static_cast<wire::opcode>(number);
        const bool known = number <= 0x10 && number != 0x04;
        CHECK((wire::to_string(opcode) != "UNKNOWN") == known);
        CHECK((wire::is_request(opcode) || wire::is_response(opcode)) == known);
        CHECK(!(wire::is_request(opcode) && wire::is_response(opcode)));
    }
    CHECK(wire::to_string(wire::opcode::register_) == "REGISTER");
    CHECK(wire::is_response(wire::opcode::event));
    CHECK(wire::is_request(wire::opcode::auth_response));
}
