#pragma once

#include <cstdint>

namespace cocql::testing {

/// Where a scripted node's connections come from.
class node_listener {
  public:
    virtual ~node_listener() = default;
    /// At which it listens; 0: it is no port.
    virtual std::uint16_t port() const noexcept = 0;
    /// Takes no more of them. Idempotent.
    virtual void close() = 0;
};

} // namespace cocql::testing
