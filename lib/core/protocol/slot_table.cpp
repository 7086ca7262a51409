#include "core/protocol/slot_table.hpp"

namespace cocql::protocol {

base::time_point slot_table::oldest_orphan() const noexcept {
    return oldest_orphan_ == none ? base::never
                                  : slots_[static_cast<std::size_t>(oldest_orphan_)].orphaned_at;
}

void slot_table::release_orphan(std::int16_t id) noexcept {
    auto& slot = at(id);
    (slot.previous != none ? at(slot.previous).next : oldest_orphan_) = slot.next;
    (slot.next != none ? at(slot.next).previous : youngest_orphan_) = slot.previous;
    --orphans_;
    free(id);
}

void slot_table::orphan(std::int16_t id, base::time_point now) noexcept {
    auto& slot = at(id);
    slot.request->stream_ = -1;
    slot.request = nullptr;
    slot.state = slot_state::orphan;
    slot.orphaned_at = now;
    slot.next = none;
    slot.previous = youngest_orphan_;
    (youngest_orphan_ != none ? at(youngest_orphan_).next : oldest_orphan_) = id;
    youngest_orphan_ = id;
    --in_flight_;
    ++orphans_;
}

pending_request* slot_table::any_in_flight() noexcept {
    if (in_flight_ == 0)
        return on_spare_;
    for (std::size_t step = 0; step < slots_.size(); ++step) {
        if (scan_from_ >= slots_.size())
            scan_from_ = 0;
        if (slots_[scan_from_].state == slot_state::taken)
            return slots_[scan_from_].request;
        ++scan_from_;
    }
    return nullptr;
}

} // namespace cocql::protocol
