#pragma once

#include <map>
#include <string>
#include <vector>

namespace cocql::testing {

/// What a scripted node has been told by one connection to it.
class node_client {
  public:
    node_client() = default;

    /// STARTUP.
    std::map<std::string, std::string> options;
    /// REGISTER: the names of the events.
    std::vector<std::string> events;
};

} // namespace cocql::testing
