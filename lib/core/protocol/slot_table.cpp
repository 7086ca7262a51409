#include "core/protocol/slot_table.hpp"

namespace cocql::protocol {

base::time_point slot_table::oldest_orphan() const noexcept {
    return oldest_orphan_ == none ? base::never
                                  : slots_[static_cast<std::size_t>(oldest_orphan_)].orphaned_at;
}

std::int16_t slot_table::take(pending_request& request) {
    std::int32_t id = first_free_;
    if (id != none) {
        first_free_ = at(id).next;
    } else {
        id = static_cast<std::int32_t>(slots_.size());
        slots_.emplace_back();
    }
    auto& slot = at(id);
    slot.request = &request;
    slot.state = slot_state::taken;
    request.stream_ = id;
    ++in_flight_;
    return static_cast<std::int16_t>(id);
}

slot_table::slot_state slot_table::state(std::int16_t id) const noexcept {
    const auto index = static_cast<std::size_t>(id);
    return id >= 0 && index < slots_.size() ? slots_[index].state : slot_state::free;
}

pending_request& slot_table::release(std::int16_t id) noexcept {
    auto& request = *at(id).request;
    request.stream_ = -1;
    --in_flight_;
    free(id);
    return request;
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
        return nullptr;
    for (std::size_t step = 0; step < slots_.size(); ++step) {
        if (scan_from_ >= slots_.size())
            scan_from_ = 0;
        if (slots_[scan_from_].state == slot_state::taken)
            return slots_[scan_from_].request;
        ++scan_from_;
    }
    return nullptr;
}

void slot_table::free(std::int16_t id) noexcept {
    auto& slot = at(id);
    slot.request = nullptr;
    slot.state = slot_state::free;
    slot.next = first_free_;
    slot.previous = none;
    first_free_ = id;
}

} // namespace cocql::protocol
