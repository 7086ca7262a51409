#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/event.hpp>
#include <cocql/result.hpp>

#include <string_view>

namespace cocql::message {

/// The name that REGISTER and EVENT use for a type (native_protocol_v4.spec, 4.2.6).
std::string_view event_name(event_type type) noexcept;

/// EVENT. Of a type that this library does not know, and of GRACEFUL_DISCONNECT, what follows is
/// kept as it came.
result<event> decode_event(base::byte_reader& in);
void encode_event(base::byte_writer& out, const event& happened);

} // namespace cocql::message
