#include "client/control/no_node.hpp"

#include <string>
#include <utility>

namespace cocql::client {

error no_contact_point() {
    return error(errc::bad_configuration, "there is no contact point")
        .with_advice("give at least one address of a node");
}

error no_node(std::vector<error> failures) {
    if (failures.size() == 1)
        return std::move(failures.front());
    error failure(failures.front().code(),
                  "none of " + std::to_string(failures.size()) + " nodes could be used");
    return std::move(failure.with_attempts(std::move(failures)));
}

} // namespace cocql::client
