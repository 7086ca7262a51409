#pragma once

#include <cocql/event.hpp>

namespace cocql::message {

/// RESULT of kind Schema_change (native_protocol_v4.spec, section 4.2.5.5).
struct schema_change_result {
    schema_change change;
};

} // namespace cocql::message
