#pragma once

#include "result_printer.hpp"

#include <cocql/trace.hpp>

#include <vector>

namespace cocqlsh {

/// The lines of a trace as cqlsh tells it: the request, each event, and that it is complete, in
/// local time.
std::vector<std::vector<cell>> trace_rows(const cocql::trace& trace);

} // namespace cocqlsh
