#pragma once

#include <cocql/error.hpp>

#include <vector>

namespace cocql::client {

/// There is none to begin with.
error no_contact_point();
/// None of those that were tried could be used, and this is why; at least one.
error no_node(std::vector<error> failures);

} // namespace cocql::client
