#pragma once

#include <cocql/error.hpp>

#include <string>

namespace cocqlsh {

/// A failed statement as cqlsh words it, for what the server said: `SyntaxException: line 1:0 …`,
/// `InvalidRequest: Error from server: code=2200 [Invalid query] message="…"`. What went wrong on
/// this side is told by the error itself.
std::string failure_text(const cocql::error& failure);

} // namespace cocqlsh
