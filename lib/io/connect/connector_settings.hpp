#pragma once

#include "io/connect/resolver_settings.hpp"

#include <cstdint>

namespace cocql::io {

/// What else is to be said of how to connect.
class connector_settings {
  public:
    connector_settings() = default;
    resolver_settings names;
    /// From which port of this machine; 0: the system chooses.
    std::uint16_t local_port = 0;
};

} // namespace cocql::io
