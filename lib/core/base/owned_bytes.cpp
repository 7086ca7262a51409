#include "core/base/owned_bytes.hpp"

#include "core/base/recycling.hpp"

namespace cocql::base {

void owned_bytes::free() noexcept {
    free_recycled(block_, capacity_);
}

} // namespace cocql::base
