#pragma once

#include "core/base/time.hpp"
#include "core/base/visible.hpp"
#include "core/protocol/pending_request.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cocql::protocol {

/// Who waits on which stream id.
///
/// An id is free, taken by a request, or an orphan: its request was given up but the answer is
/// still owed. It becomes free again only when the answer comes, so that no answer can reach a
/// later request. Ids are handed out from the smallest up, the one freed last first, and slots are
/// made as they are first needed.
///
/// Where fewer requests are allowed than there are ids, the connection has one more for a question
/// of its own, the spare one, which counts nowhere: a peer whose requests take long can still be
/// asked whether it is there, and nobody has to wait for the question.
class slot_table {
  public:
    /// v3 and later have 32,768 ids for requests (native_protocol_v4.spec, section 2.3).
    static constexpr std::size_t id_count = 32768;

    enum class slot_state : std::uint8_t { free, taken, orphan };

    explicit slot_table(std::size_t limit = id_count) noexcept
        : limit_(limit < id_count ? limit : id_count) {}

    bool full() const noexcept { return !has_freed() && slots_.size() >= limit_; }
    // From any thread:
    /// Requests that still want their answer.
    std::size_t in_flight() const noexcept { return in_flight_; }
    std::size_t orphans() const noexcept { return orphans_; }

    /// When the oldest orphan was given up; base::never without orphans.
    base::time_point oldest_orphan() const noexcept;

    /// Whether an id was freed, which take_freed() takes.
    bool has_freed() const noexcept { return first_free_ != none; }
    std::int16_t take_freed(pending_request& request) noexcept {
        const auto id = first_free_;
        auto& slot = at(id);
        first_free_ = slot.next;
        return take(id, slot, request);
    }
    /// Takes an id for the request and returns it; the table must not be full.
    std::int16_t take(pending_request& request) {
        if (has_freed())
            return take_freed(request);
        const auto id = static_cast<std::int32_t>(slots_.size());
        slots_.emplace_back();
        return take(id, at(id), request);
    }
    bool has_spare() const noexcept { return limit_ < id_count; }
    /// Takes the spare id, which must be free, for the request.
    std::int16_t take_spare(pending_request& request) noexcept {
        on_spare_ = &request;
        request.stream_ = static_cast<std::int32_t>(limit_);
        return static_cast<std::int16_t>(limit_);
    }
    slot_state state(std::int16_t id) const noexcept {
        const auto index = static_cast<std::size_t>(id);
        if (id >= 0 && index < slots_.size()) [[likely]]
            return slots_[index].state;
        return is_taken_spare(id) ? slot_state::taken : slot_state::free;
    }
    /// Frees an id that is taken and returns its request; null when it is not.
    pending_request* release_taken(std::int16_t id) noexcept {
        const auto index = static_cast<std::size_t>(id);
        if (id < 0 || index >= slots_.size() || slots_[index].state != slot_state::taken)
            [[unlikely]]
            return is_taken_spare(id) ? &release_spare() : nullptr;
        return &release_ordinary(id);
    }
    /// Frees a taken id and returns its request.
    pending_request& release(std::int16_t id) noexcept {
        return is_taken_spare(id) ? release_spare() : release_ordinary(id);
    }
    /// Frees an orphan's id.
    void release_orphan(std::int16_t id) noexcept;
    /// The request on this id is given up.
    void orphan(std::int16_t id, base::time_point now) noexcept;
    /// Any request in flight, that on the spare id too, or null: to fail them one by one while
    /// handlers change the table.
    pending_request* any_in_flight() noexcept;

  private:
    static constexpr std::int32_t none = -1;

    struct slot {
        pending_request* request = nullptr;
        base::time_point orphaned_at{};
        std::int32_t next = none;     ///< in the free stack, or the next younger orphan
        std::int32_t previous = none; ///< the next older orphan
        slot_state state = slot_state::free;
    };

    bool is_taken_spare(std::int16_t id) const noexcept {
        return on_spare_ != nullptr && static_cast<std::size_t>(id) == limit_;
    }
    pending_request& release_spare() noexcept {
        auto& request = *std::exchange(on_spare_, nullptr);
        request.stream_ = -1;
        return request;
    }
    pending_request& release_ordinary(std::int16_t id) noexcept {
        auto& request = *at(id).request;
        request.stream_ = -1;
        --in_flight_;
        free(id);
        return request;
    }
    std::int16_t take(std::int32_t id, slot& slot, pending_request& request) noexcept {
        slot.request = &request;
        slot.state = slot_state::taken;
        request.stream_ = id;
        ++in_flight_;
        return static_cast<std::int16_t>(id);
    }
    void free(std::int16_t id) noexcept {
        auto& slot = at(id);
        slot.request = nullptr;
        slot.state = slot_state::free;
        slot.next = first_free_;
        first_free_ = id;
    }
    slot& at(std::int32_t id) noexcept { return slots_[static_cast<std::size_t>(id)]; }

    std::size_t limit_;
    std::vector<slot> slots_;
    pending_request* on_spare_ = nullptr;
    std::int32_t first_free_ = none;
    std::int32_t oldest_orphan_ = none;
    std::int32_t youngest_orphan_ = none;
    base::visible<std::size_t> in_flight_ = 0;
    base::visible<std::size_t> orphans_ = 0;
    std::size_t scan_from_ = 0;
};

} // namespace cocql::protocol
