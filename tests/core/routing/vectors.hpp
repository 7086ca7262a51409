#pragma once

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <string>

namespace cocql::tests {

/// What other drivers' tests and Cassandra's agree on, in vectors.json; each part says whose it is.
inline const nlohmann::json& vectors() {
    static const auto all = [] {
        const std::string name = std::string(VECTORS_FOLDER) + "/vectors.json";
        std::ifstream file(name);
        if (!file)
            throw std::runtime_error("test vectors are missing: " + name);
        return nlohmann::json::parse(file);
    }();
    return all;
}

} // namespace cocql::tests
