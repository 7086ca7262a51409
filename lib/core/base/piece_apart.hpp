#pragma once

#include "core/base/shared_bytes.hpp"

#include <cstddef>

namespace cocql::base {

/// Bytes that belong into a buffer and lie elsewhere, where others would copy them. They stay there
/// for whoever else keeps them: what is written once may have to be written again.
struct piece_apart {
    std::size_t position = 0; ///< so many of the buffer's bytes come before it
    shared_bytes bytes;       ///< empty: there is no such piece
};

} // namespace cocql::base
