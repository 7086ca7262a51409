#pragma once

#include "client/control/candidate.hpp"
#include "core/metadata/topology_snapshot.hpp"

#include <cocql/endpoint.hpp>

#include <cstdint>
#include <vector>

namespace cocql::client {

/// The nodes to try for a control connection, each once: first those that are known, in an order
/// that chance decides, for all clients of a node that has gone are looking for another one at the
/// same time; then the contact points, in theirs, which lead to the cluster also where all its
/// addresses are new; and the one that was lost last of all. A known node that is a contact point,
/// too, is one.
///
/// `known` may be null, and so may `lost`.
std::vector<candidate> control_candidates(const metadata::topology_snapshot* known,
                                          const std::vector<endpoint>& contact_points,
                                          const candidate* lost, std::uint32_t chance);

} // namespace cocql::client
