#pragma once

namespace cocql::message {

/// RESULT of kind Void (native_protocol_v4.spec, section 4.2.5.1): done, nothing to say.
struct void_result {};

} // namespace cocql::message
