#pragma once

#include "core/base/time.hpp"

namespace cocql::protocol {

/// What a deadline_queue sees of a request: when it is due, and the neighbours in the queue's ring.
class deadline_node {
  public:
    deadline_node() noexcept = default;
    deadline_node(const deadline_node&) = delete;
    deadline_node& operator=(const deadline_node&) = delete;

    base::time_point deadline = base::never;

  private:
    friend class deadline_queue;
    // Set when it comes into the ring.
    deadline_node* earlier_;
    deadline_node* later_;
};

} // namespace cocql::protocol
