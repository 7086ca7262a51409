#pragma once

#include <cocql/opcode.hpp>

namespace cocql::wire {

using cocql::opcode;
using cocql::to_string;

bool is_request(opcode value) noexcept;
bool is_response(opcode value) noexcept;

} // namespace cocql::wire
