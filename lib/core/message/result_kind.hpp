#pragma once

#include <cstdint>

namespace cocql::message {

/// The first number of a RESULT's body (native_protocol_v4.spec, 4.2.5).
enum class result_kind : std::int32_t {
    void_ = 1,
    rows = 2,
    set_keyspace = 3,
    prepared = 4,
    schema_change = 5,
};

} // namespace cocql::message
