#pragma once

#include <cocql/error.hpp>

#include <boost/system/error_code.hpp>

#include <string>

namespace cocql::io {

/// A socket's error as ours: a reset or a broken pipe is connection_lost, an operation that close()
/// or cancel() ended is cancelled, everything else io_failed. `doing` says what was tried.
[[gnu::cold]] error io_error(const std::string& doing, boost::system::error_code code);

} // namespace cocql::io
