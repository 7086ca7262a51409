#include "core/protocol/deadline_queue.hpp"

namespace cocql::protocol {

void deadline_queue::insert(pending_request& request) {
    if (request.deadline == base::never)
        return;
    if (last_ != nullptr && request.deadline < last_->deadline)
        return others_.insert(request);
    request.in_order_ = true;
    request.earlier_ = last_;
    request.later_ = nullptr;
    (last_ != nullptr ? last_->later_ : first_) = &request;
    last_ = &request;
    ++in_order_;
}

void deadline_queue::remove(pending_request& request) noexcept {
    if (!request.in_order_)
        return others_.remove(request);
    request.in_order_ = false;
    (request.earlier_ != nullptr ? request.earlier_->later_ : first_) = request.later_;
    (request.later_ != nullptr ? request.later_->earlier_ : last_) = request.earlier_;
    --in_order_;
}

} // namespace cocql::protocol
