#pragma once

#include <fstream>
#include <string>

namespace cocql::bench {

/// The most memory that this program had resident, in KiB. Not getrusage()'s, which begins with
/// what the program had that started this one.
inline long peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stol(line.substr(6));
    return 0;
}

} // namespace cocql::bench
