#pragma once

#include <fstream>
#include <string>
#include <string_view>

namespace cocql::bench {

/// What the kernel says of this program's memory under a name like "VmRSS:", in KiB.
inline long memory(std::string_view name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name))
            return std::stol(line.substr(name.size()));
    return 0;
}

/// The most memory that this program had resident, in KiB. Not getrusage()'s, which begins with
/// what the program had that started this one.
inline long peak_memory() {
    return memory("VmHWM:");
}

} // namespace cocql::bench
