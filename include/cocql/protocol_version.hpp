#pragma once

#include <cstdint>

namespace cocql {

/// The version of the native protocol that a connection speaks.
enum class protocol_version : std::uint8_t {
    v3 = 3,
    v4 = 4,
    v5 = 5,
};

} // namespace cocql
