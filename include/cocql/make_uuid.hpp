#pragma once

#include <cocql/uuid.hpp>

namespace cocql {

/// A random uuid (version 4), from the system's own randomness. Thread-safe. Throws
/// boost::uuids::entropy_error when the system has none to give.
uuid random_uuid();

/// A uuid of this moment (version 1), for columns of type timeuuid. Thread-safe; of two made in one
/// program the later one is greater, even within one tick of the clock or when it was set back. The
/// node is random, with the bit that says that it is no network card's address.
uuid time_based_uuid();

} // namespace cocql
