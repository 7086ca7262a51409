#pragma once

#include "core/protocol/pending_request.hpp"

#include <utility>

namespace cocql::protocol {

/// A request that a protocol makes itself: how it ends is a member function of the protocol. Sent
/// again and again, but one at a time.
template <class Owner>
class own_request final : public pending_request {
  public:
    using answer_function = void (Owner::*)(wire::frame&);
    using failure_function = void (Owner::*)(error);

    /// Borrows the owner.
    own_request(Owner& owner, answer_function answer, failure_function failure) noexcept
        : owner_(owner), answer_(answer), failure_(failure) {}
    void response_received(wire::frame& frame) override { (owner_.*answer_)(frame); }
    void request_failed(error failure) override { (owner_.*failure_)(std::move(failure)); }
    bool is_in_flight() const noexcept { return in_flight(); }

  private:
    Owner& owner_;
    answer_function answer_;
    failure_function failure_;
};

} // namespace cocql::protocol
