#pragma once

#include "result_printer.hpp"

#include <cocql/trace.hpp>

#include <vector>

namespace cocqlsh {

/// The lines of a trace as cqlsh tells it: the request, each event, and that it is complete, in
/// local time.
std::vector<std::vector<cell>> trace_rows(const cocql::trace& trace);

/// Prints them, or the waterfall instead; `terminal` as result_printer has it.
void print_trace_table(output& out, const cocql::trace& trace, bool terminal);
void print_waterfall(output& out, const cocql::trace& trace);

} // namespace cocqlsh
