#pragma once

#include "core/message/auth_challenge.hpp"
#include "core/message/auth_success.hpp"
#include "core/message/authenticate.hpp"
#include "core/message/error_response.hpp"
#include "core/message/event_response.hpp"
#include "core/message/prepared_result.hpp"
#include "core/message/ready.hpp"
#include "core/message/response_envelope.hpp"
#include "core/message/rows_result.hpp"
#include "core/message/schema_change_result.hpp"
#include "core/message/set_keyspace_result.hpp"
#include "core/message/supported.hpp"
#include "core/message/void_result.hpp"
#include "core/wire/opcode.hpp"

#include <string_view>
#include <variant>

namespace cocql::message {

/// Every response of protocol v3 and v4. The five `…_result`s are RESULT, told apart by its kind.
using response =
    std::variant<error_response, ready, authenticate, supported, void_result, rows_result,
                 set_keyspace_result, prepared_result, schema_change_result, event_response,
                 auth_challenge, auth_success>;

wire::opcode opcode_of(const response& message) noexcept;
/// For error texts: `READY`, `RESULT/Rows`, …
std::string_view name_of(const response& message) noexcept;

} // namespace cocql::message
