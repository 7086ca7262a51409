#pragma once

#include "options.hpp"

#include <cocql/error.hpp>

#include <string>
#include <vector>

namespace cocqlsh {

/// Why a connection could not be opened, in lines for the person at the terminal: the endpoint, the
/// phase, the cause, and what to change.
std::vector<std::string> connect_failure(const cocql::error& failure, const options& settings);

} // namespace cocqlsh
