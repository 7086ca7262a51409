#include "resident_code.hpp"

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/mman.h>

namespace cocql::tests {

std::size_t keep_code_in_memory() {
    std::size_t kept = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::string access;
        std::string offset;
        std::string device;
        std::string file;
        std::string path;
        words >> std::hex >> begin >> dash >> end >> access >> offset >> device >> file >> path;
        if (!path.starts_with('/') || !access.starts_with('r'))
            continue;
        if (mlock(reinterpret_cast<const void*>(begin), end - begin) == 0)
            kept += end - begin;
    }
    return kept;
}

} // namespace cocql::tests
