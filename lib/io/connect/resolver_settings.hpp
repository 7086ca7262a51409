#pragma once

#include <chrono>
#include <string>

namespace cocql::io {

/// Whom a look-up asks, and how long it waits for each answer.
class resolver_settings {
  public:
    resolver_settings() = default;
    /// Read in place of /etc/resolv.conf if not empty.
    std::string configuration_file;
    /// `address:port`, with commas between, in place of those in the file; empty: the file's.
    std::string servers;
    /// After it a server that has not answered is asked again, or the next one, and then after
    /// twice as long, as long as the look-up lasts. Shorter than the five seconds of C libraries,
    /// which are the whole budget of opening by default.
    std::chrono::milliseconds patience{1000};
};

} // namespace cocql::io
