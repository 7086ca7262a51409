#pragma once

#include "../bytes.hpp"
#include "core/wire/frame_header.hpp"

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

/// The frames captured from real servers, in golden/*.txt.
namespace cocql::tests {

struct golden_frame {
    std::string name;
    std::string what;            ///< the line beneath the name
    bytes frame;                 ///< header and body
    bool metadata_ids = false;   ///< captured where SCYLLA_USE_METADATA_ID was agreed on
    bool version_blocks = false; ///< and where tablets-routing-v2 was

    wire::frame_header header() const {
        return wire::frame_header::decode(std::span<const std::byte>(frame).first<9>());
    }
    std::span<const std::byte> body() const { return std::span<const std::byte>(frame).subspan(9); }
};

inline std::vector<golden_frame> load_golden(const std::string& file) {
    std::ifstream in(std::string(GOLDEN_FOLDER) + "/" + file);
    if (!in)
        throw std::runtime_error("golden frames are missing: " + file);
    std::vector<golden_frame> frames;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        const auto space = line.find(' ');
        const auto kind = line.substr(0, space);
        golden_frame each;
        each.name = line.substr(space + 1);
        each.metadata_ids = kind == "metadata";
        each.version_blocks = kind == "versions";
        std::string digits;
        std::getline(in, each.what);
        each.what.erase(0, 2);
        std::getline(in, digits);
        each.frame = hex(digits);
        if (kind == "body") {
            // The bodies were captured from SUPPORTED.
            auto header = hex("84 00 0000 06 00000000");
            base::store_big_endian(header.data() + 5,
                                   static_cast<std::uint32_t>(each.frame.size()));
            each.frame.insert(each.frame.begin(), header.begin(), header.end());
        }
        frames.push_back(std::move(each));
    }
    return frames;
}

} // namespace cocql::tests
