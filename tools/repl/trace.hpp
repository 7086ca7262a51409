#pragma once

#include "result_printer.hpp"

#include <cocql/page.hpp>

#include <vector>

namespace cocqlsh {

/// The lines of a trace as cqlsh tells it: the request, each event, and that it is complete, in
/// local time. From system_traces.sessions (one row) and system_traces.events.
std::vector<std::vector<cell>> trace_rows(const cocql::page& session, const cocql::page& events);

} // namespace cocqlsh
