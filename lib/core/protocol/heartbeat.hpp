#pragma once

#include "core/base/time.hpp"

#include <optional>

namespace cocql::protocol {

/// When the peer of a connection is to be asked whether it is still there, which is when nothing
/// was received from it for an interval. Neither asks nor hears: whoever does tells it.
class heartbeat {
  public:
    /// No interval: it never asks.
    heartbeat(std::optional<base::duration> interval, base::duration timeout) noexcept
        : interval_(interval), timeout_(timeout) {}

    /// Some bytes, whatever they say. Also called at the beginning.
    void received(base::time_point now) noexcept { last_received_ = now; }
    /// When the peer is to be asked, or, with every stream id taken, is found out: then there is
    /// none to ask with, and the requests in flight are the question. base::never while a question
    /// is open.
    base::time_point due(bool ids_are_taken) const noexcept {
        if (asked_ || !interval_) [[unlikely]]
            return base::never;
        const auto asking = base::after(last_received_, *interval_);
        return ids_are_taken ? base::after(asking, timeout_) : asking;
    }
    /// The peer is being asked; returns until when it must answer.
    base::time_point ask(base::time_point now) noexcept {
        asked_ = true;
        return base::after(now, timeout_);
    }
    /// It has answered, or the question failed.
    void answered() noexcept { asked_ = false; }

  private:
    std::optional<base::duration> interval_;
    base::duration timeout_;
    base::time_point last_received_{};
    bool asked_ = false;
};

} // namespace cocql::protocol
