#pragma once

#include <string>

namespace cocqlsh {

/// Makes a zone the program's own, as TZ would: `Europe/Berlin`, `:Europe/Berlin`, a file's path,
/// or POSIX's `CET-1CEST,M3.5.0,M10.5.0/3`. False, and nothing changes, when it is not known, which
/// the C library would take for UTC without a word. Not while other threads run.
bool set_time_zone(const std::string& name);

} // namespace cocqlsh
