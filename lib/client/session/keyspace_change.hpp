#pragma once

#include "client/connection/implementation.hpp"
#include "client/session/announcement.hpp"

#include <cstddef>
#include <memory>

namespace cocql::client {

/// A session goes to another keyspace: first one connection, whose server may refuse it, and then
/// all the others.
struct keyspace_change {
    std::shared_ptr<implementation> first; ///< null as long as none was asked
    std::size_t asked = 0;                 ///< of the others
    std::size_t answered = 0;
    bool all_are_asked = false;
    announcement over;
};

} // namespace cocql::client
