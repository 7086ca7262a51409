#pragma once

#include "core/base/visible.hpp"
#include "core/protocol/pending_request.hpp"

#include <cstddef>

namespace cocql::protocol {

/// Requests that wait, first come first served: for a stream id or for room in the write buffer, or
/// parked for something else. An intrusive list: it owns nothing and allocates nothing.
class waiting_queue {
  public:
    explicit waiting_queue(pending_request::queue name) noexcept : name_(name) {}
    bool has(const pending_request& request) const noexcept { return request.queue_ == name_; }
    bool empty() const noexcept { return first_ == nullptr; }
    /// From any thread.
    std::size_t size() const noexcept { return size_; }
    pending_request& front() const noexcept { return *first_; }

    void push_back(pending_request& request) noexcept {
        request.queue_ = name_;
        request.next_ = nullptr;
        request.previous_ = last_;
        (last_ != nullptr ? last_->next_ : first_) = &request;
        last_ = &request;
        ++size_;
    }

    void remove(pending_request& request) noexcept {
        if (!has(request))
            return;
        request.queue_ = pending_request::queue::none;
        (request.previous_ != nullptr ? request.previous_->next_ : first_) = request.next_;
        (request.next_ != nullptr ? request.next_->previous_ : last_) = request.previous_;
        --size_;
    }

  private:
    const pending_request::queue name_;
    pending_request* first_ = nullptr;
    pending_request* last_ = nullptr;
    base::visible<std::size_t> size_ = 0;
};

} // namespace cocql::protocol
