#include "core/protocol/deadline_heap.hpp"

#include <algorithm>

namespace cocql::protocol {

void deadline_heap::insert(pending_request& request) {
    if (request.deadline == base::never)
        return;
    heap_.push_back({});
    sift_up(heap_.size() - 1, {request.deadline, &request});
}

void deadline_heap::remove(pending_request& request) noexcept {
    const auto index = request.heap_index_;
    if (index == pending_request::not_in_heap)
        return;
    request.heap_index_ = pending_request::not_in_heap;
    const auto last = heap_.back();
    heap_.pop_back();
    if (index == heap_.size())
        return;
    if (index > 0 && last.deadline < heap_[(index - 1) / arity].deadline)
        sift_up(index, last);
    else
        sift_down(index, last);
}

void deadline_heap::place(std::size_t index, entry item) noexcept {
    heap_[index] = item;
    item.request->heap_index_ = index;
}

void deadline_heap::sift_up(std::size_t index, entry item) noexcept {
    while (index > 0) {
        const auto parent = (index - 1) / arity;
        if (heap_[parent].deadline <= item.deadline)
            break;
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, item);
}

void deadline_heap::sift_down(std::size_t index, entry item) noexcept {
    for (;;) {
        const auto first = index * arity + 1;
        if (first >= heap_.size())
            break;
        auto smallest = first;
        const auto end = std::min(first + arity, heap_.size());
        for (auto child = first + 1; child < end; ++child)
            if (heap_[child].deadline < heap_[smallest].deadline)
                smallest = child;
        if (item.deadline <= heap_[smallest].deadline)
            break;
        place(index, heap_[smallest]);
        index = smallest;
    }
    place(index, item);
}

} // namespace cocql::protocol
