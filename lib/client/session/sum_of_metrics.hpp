#pragma once

#include <cocql/session_metrics.hpp>

namespace cocql::client {

/// Adds what has been counted, and nothing of the moment: of one that is over.
void add_counts(const session_metrics& of, session_metrics& to);
/// Adds all; nodes are put together by their ids, and stay in the order of these.
void add_metrics(const session_metrics& of, session_metrics& to);

} // namespace cocql::client
