#pragma once

#include "core/base/time.hpp"
#include "core/message/request.hpp"
#include "core/protocol/deadline_node.hpp"
#include "core/wire/frame_assembler.hpp"

#include <cocql/statement_options.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cocql::protocol {

/// One request between its submission and its end. Owned by whoever awaits the answer; the protocol
/// keeps a plain pointer from submit() until it has called response_received(), error_received() or
/// request_failed() (exactly one of them, exactly once) or abandon() was called. So a request costs
/// no allocation.
class pending_request : public deadline_node {
  public:
    virtual ~pending_request() = default;

    /// The answer. The frame is borrowed for the call; frame::take() makes its body last. The
    /// request is out of the protocol's hands already: it may be destroyed or submitted again from
    /// here.
    virtual void response_received(wire::frame& frame) = 0;
    /// The answer is an ERROR; otherwise the same.
    virtual void error_received(wire::frame& frame) { response_received(frame); }
    /// There will be no answer; the error says why and whether the request may have been executed.
    virtual void request_failed(error failure) = 0;
    /// The program is going away: destroy whatever waits for the answer and resume none of it. This
    /// object may be destroyed by that. What is known of its execution is for those whom it reaches
    /// elsewhere.
    virtual void forgotten(request_outcome known) noexcept { static_cast<void>(known); }

    /// It had to wait for a stream id or for room, and is sent now.
    virtual void sent_after_waiting(base::time_point now) noexcept { static_cast<void>(now); }

    /// Set before submit(); borrowed until the request is sent or has ended.
    const message::request* message = nullptr;
    const std::map<std::string, std::vector<std::byte>>* custom_payload = nullptr;
    bool tracing = false;
    when_busy busy = when_busy::wait;

  protected:
    pending_request() = default;
    bool in_flight() const noexcept { return stream_ >= 0; }

  private:
    friend class slot_table;
    friend class deadline_heap;
    friend class deadline_queue;
    friend class request_multiplexer;
    friend class waiting_queue;

    /// Of those that are not in flight.
    enum class queue : std::uint8_t { none, to_be_sent, parked };

    static constexpr std::size_t not_in_heap = static_cast<std::size_t>(-1);

    std::int32_t stream_ = -1;             ///< in flight on this id, or -1
    bool in_order_ = false;                ///< in the deadline queue's ring
    queue queue_ = queue::none;            ///< the one that it is in
    std::size_t heap_index_ = not_in_heap; ///< place in the deadline heap
    // Set when they begin to mean something.
    pending_request* next_; ///< neighbours in that queue
    pending_request* previous_;
    std::uint64_t queued_at_; ///< where it was queued, of all bytes ever queued
};

} // namespace cocql::protocol
