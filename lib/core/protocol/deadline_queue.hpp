#pragma once

#include "core/protocol/deadline_heap.hpp"

namespace cocql::protocol {

/// The requests that have a deadline, and the earliest of them.
///
/// Deadlines are data: one timer per connection follows the earliest, instead of one timer per
/// request. Requests mostly have the same time-out, so that each one's deadline is the latest so
/// far: these are a ring, which costs the same however many there are. Those that come out of order
/// are in a heap.
class deadline_queue {
  public:
    deadline_queue() noexcept {
        ends_.deadline = base::time_point::min();
        ends_.earlier_ = ends_.later_ = &ends_;
    }
    deadline_queue(const deadline_queue&) = delete;
    deadline_queue& operator=(const deadline_queue&) = delete;

    bool empty() const noexcept { return size() == 0; }
    std::size_t size() const noexcept { return in_order_ + others_.size(); }
    base::time_point earliest() const noexcept {
        const auto other = others_.earliest();
        return in_order_ != 0 && first().deadline < other ? first().deadline : other;
    }
    /// There must be one.
    pending_request& top() const noexcept {
        return in_order_ != 0 && first().deadline <= others_.earliest() ? first() : others_.top();
    }

    /// Ignores a request without a deadline.
    void insert(pending_request& request) {
        if (!append(request))
            others_.insert(request);
    }
    /// The same for one whose deadline is the latest, as it mostly is; false otherwise.
    bool append(pending_request& request) noexcept {
        if (request.deadline == base::never)
            return true;
        auto& latest = *ends_.earlier_;
        if (request.deadline < latest.deadline)
            return false;
        deadline_node& node = request;
        request.in_order_ = true;
        node.earlier_ = &latest;
        node.later_ = &ends_;
        latest.later_ = &node;
        ends_.earlier_ = &node;
        ++in_order_;
        return true;
    }
    /// Ignores a request that is not here.
    void remove(pending_request& request) noexcept {
        if (!request.in_order_)
            return others_.remove(request);
        request.in_order_ = false;
        deadline_node& node = request;
        node.earlier_->later_ = node.later_;
        node.later_->earlier_ = node.earlier_;
        --in_order_;
    }

  private:
    pending_request& first() const noexcept { return static_cast<pending_request&>(*ends_.later_); }

    deadline_node ends_; ///< before the first and behind the last
    std::size_t in_order_ = 0;
    deadline_heap others_;
};

} // namespace cocql::protocol
