#pragma once

#include "core/base/time.hpp"
#include "core/protocol/pending_request.hpp"

#include <cstddef>
#include <vector>

namespace cocql::protocol {

/// Requests by their deadlines, the earliest on top. Each request knows its place, so that one that
/// is answered leaves at once, and the heap never holds more than what is in flight.
class deadline_heap {
  public:
    bool empty() const noexcept { return heap_.empty(); }
    std::size_t size() const noexcept { return heap_.size(); }
    base::time_point earliest() const noexcept {
        if (heap_.empty()) [[likely]]
            return base::never;
        return heap_.front().deadline;
    }
    pending_request& top() const noexcept { return *heap_.front().request; }

    /// Ignores a request without a deadline.
    void insert(pending_request& request);
    /// Ignores a request that is not in the heap.
    void remove(pending_request& request) noexcept;

  private:
    /// The deadline is kept beside the pointer so that sifting stays inside one array.
    struct entry {
        base::time_point deadline;
        pending_request* request;
    };
    static constexpr std::size_t arity = 4;

    void place(std::size_t index, entry item) noexcept;
    void sift_up(std::size_t index, entry item) noexcept;
    void sift_down(std::size_t index, entry item) noexcept;

    std::vector<entry> heap_;
};

} // namespace cocql::protocol
