#pragma once

#include <cocql/uuid.hpp>

#include <cstddef>

namespace cocql::testing {

/// The host id of a scripted cluster's node, by the node's number (1 to 255).
inline uuid id_of(int number) {
    uuid id;
    id.bytes[0] = std::byte{0xaa};
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}

} // namespace cocql::testing
