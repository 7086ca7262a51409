#pragma once

#include <string>

namespace cocql::message {

/// RESULT of kind Set_keyspace (native_protocol_v4.spec, section 4.2.5.3).
struct set_keyspace_result {
    std::string keyspace;
};

} // namespace cocql::message
