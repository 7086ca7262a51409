#pragma once

#include "core/protocol/deadline_heap.hpp"

namespace cocql::protocol {

/// The requests that have a deadline, and the earliest of them.
///
/// Deadlines are data: one timer per connection follows the earliest, instead of one timer per
/// request. Requests mostly have the same time-out, so that each one's deadline is the latest so
/// far: these are a list, which costs the same however many there are. Those that come out of order
/// are in a heap.
class deadline_queue {
  public:
    bool empty() const noexcept { return size() == 0; }
    std::size_t size() const noexcept { return in_order_ + others_.size(); }
    base::time_point earliest() const noexcept {
        const auto other = others_.earliest();
        return first_ != nullptr && first_->deadline < other ? first_->deadline : other;
    }
    /// There must be one.
    pending_request& top() const noexcept {
        return first_ != nullptr && first_->deadline <= others_.earliest() ? *first_
                                                                           : others_.top();
    }

    /// Ignores a request without a deadline.
    void insert(pending_request& request) {
        if (!append(request))
            others_.insert(request);
    }
    /// The same for one whose deadline is not before the others', as mostly; false otherwise.
    bool append(pending_request& request) noexcept {
        if (request.deadline == base::never)
            return true;
        if (last_ != nullptr && request.deadline < last_->deadline)
            return false;
        request.in_order_ = true;
        request.earlier_ = last_;
        request.later_ = nullptr;
        (last_ != nullptr ? last_->later_ : first_) = &request;
        last_ = &request;
        ++in_order_;
        return true;
    }
    /// Ignores a request that is not here.
    void remove(pending_request& request) noexcept {
        if (!request.in_order_)
            return others_.remove(request);
        request.in_order_ = false;
        (request.earlier_ != nullptr ? request.earlier_->later_ : first_) = request.later_;
        (request.later_ != nullptr ? request.later_->earlier_ : last_) = request.earlier_;
        --in_order_;
    }

  private:
    pending_request* first_ = nullptr;
    pending_request* last_ = nullptr;
    std::size_t in_order_ = 0;
    deadline_heap others_;
};

} // namespace cocql::protocol
