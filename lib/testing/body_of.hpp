#pragma once

#include "core/base/byte_writer.hpp"

#include <cstddef>
#include <vector>

namespace cocql::testing {

/// What `encode` writes to the writer it is given.
template <class Encode>
std::vector<std::byte> body_of(Encode encode) {
    base::buffer body;
    base::byte_writer writer(body);
    encode(writer);
    return {body.view().begin(), body.view().end()};
}

} // namespace cocql::testing
