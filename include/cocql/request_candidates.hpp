#pragma once

#include <cocql/request_candidate.hpp>
#include <cocql/uuid.hpp>

#include <optional>

namespace cocql {

/// The nodes that a request may still be sent to, for a load_balancing_policy to choose from: those
/// that are not ignored and were not tried yet. They are worked out as they are asked for, and no
/// list is made of them.
///
/// Of the session, and valid for the call that it is given to. It is abstract so that a policy's
/// own tests can have one.
class request_candidates {
  public:
    virtual ~request_candidates() = default;

    /// One after the other in the order in which the session would try them without a policy:
    /// replicas before others and near ones before far ones, those that are alike in any order;
    /// replicas in that of the ring, or of their tablet, where routed_request::is_conditional.
    /// Nothing after the last.
    virtual std::optional<request_candidate> next() = 0;
    /// next() gives the first one again.
    virtual void begin_again() noexcept = 0;
    /// The one with this id; nothing where it is not among them.
    virtual std::optional<request_candidate> find(const uuid& host) const = 0;
};

} // namespace cocql
