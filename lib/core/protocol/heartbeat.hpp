#pragma once

#include "core/base/time.hpp"
#include "core/protocol/transport.hpp"

#include <cocql/error.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cocql::protocol {

/// When the peer of a connection is to be asked whether it is still there, which is when nothing
/// was received from it for an interval, and when it is given up. Neither asks nor hears: whoever
/// does tells it.
///
/// A question may have to wait behind megabytes that a slow peer, or a slow network, is still
/// taking, and its answer behind megabytes that are still received. All of these are signs of life:
/// the peer is given up when there was none for the time-out. While bytes from before the question
/// are on their way, their progress is looked at four times in that time, so that it may be longer
/// by a quarter; what was to be sent after it does not count, as a system goes on taking bytes for
/// a program that hangs.
class heartbeat {
  public:
    /// What the peer is asked by: OPTIONS, or the requests in flight where there is no stream id
    /// left to ask with.
    enum class question { options, requests };

    /// No interval: it never asks.
    heartbeat(std::optional<base::duration> interval, base::duration timeout) noexcept
        : interval_(interval), timeout_(timeout) {}

    /// Some bytes, whatever they say. Also called at the beginning.
    void received(base::time_point now) noexcept { last_received_ = now; }
    /// When that was last.
    base::time_point received_at() const noexcept { return last_received_; }
    /// When ask() is to be called, or while it is asking, look().
    base::time_point due() const noexcept {
        if (is_asking()) [[unlikely]]
            return next_look_;
        return interval_ ? base::after(last_received_, *interval_) : base::never;
    }
    bool is_asking() const noexcept {
        // Whatever is received is an answer to one of the requests.
        return asking_ && (by_ == question::options || last_received_ < asked_at_);
    }
    /// Before the question is sent.
    void ask(question by, base::time_point now, transport& transport);
    /// Whether the peer is to be given up.
    bool look(base::time_point now, transport& transport);
    /// When it is: why. `endpoint`: whom that is said of.
    error missed(const std::string& endpoint) const;
    /// OPTIONS was answered, or has failed.
    void answered() noexcept { asking_ = false; }

  private:
    std::optional<base::duration> interval_;
    base::duration timeout_;
    base::time_point last_received_{};

    bool asking_ = false;
    question by_ = question::options;
    bool all_taken_ = false;
    base::time_point asked_at_{};
    base::time_point last_taken_{}; ///< when progress was last seen
    base::time_point next_look_{};
    std::uint64_t position_ = 0; ///< of the question, in bytes ever queued
    std::uint64_t taken_ = 0;    ///< of what was before it, in bytes of the network
    /// Where it ends there; known when the system has been given all of it.
    std::optional<std::uint64_t> end_;
};

} // namespace cocql::protocol
