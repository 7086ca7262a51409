#pragma once

#include <cstddef>

namespace cocql::tests {

/// Keeps the program and its libraries in memory: a machine that drops what it has not used for a
/// while reads it again from its disk when it is needed, and a thread that has to wait a tenth of a
/// second for that was not late by itself. Nothing else sees that wait. How many bytes; 0 where it
/// is not allowed.
std::size_t keep_code_in_memory();

} // namespace cocql::tests
