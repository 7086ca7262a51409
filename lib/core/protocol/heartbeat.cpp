#include "core/protocol/heartbeat.hpp"

#include "core/wire/opcode.hpp"

#include <algorithm>
#include <utility>

namespace cocql::protocol {

void heartbeat::ask(question by, base::time_point now, transport& transport) {
    asking_ = true;
    by_ = by;
    all_taken_ = false;
    asked_at_ = now;
    last_taken_ = now;
    position_ = transport.bytes_queued();
    taken_ = 0;
    end_.reset();
    look(now, transport);
}

bool heartbeat::look(base::time_point now, transport& transport) {
    const auto progress = transport.progress();
    if (!end_ && transport.bytes_given() >= position_)
        end_ = progress.given;
    const auto taken = end_ ? std::min(progress.taken, *end_) : progress.taken;
    if (taken > taken_) {
        taken_ = taken;
        last_taken_ = now;
    }
    all_taken_ = end_ && taken_ >= *end_;
    next_look_ = base::after(std::max(last_taken_, last_received_), timeout_);
    if (now >= next_look_)
        return true;
    if (!all_taken_)
        next_look_ = std::min(next_look_, base::after(now, timeout_ / 4));
    return false;
}

error heartbeat::missed(const std::string& endpoint) const {
    error silence(errc::timed_out, all_taken_
                                       ? "nothing was received within the heartbeat's time-out"
                                       : "the peer takes nothing of what is sent to it");
    if (by_ == question::requests)
        return error(errc::heartbeat_failed,
                     "the peer answered none of the requests on all stream ids")
            .because(std::move(silence));
    silence.at(endpoint).during(wire::to_string(wire::opcode::options));
    return error(errc::heartbeat_failed, "the peer did not answer the heartbeat")
        .because(std::move(silence));
}

} // namespace cocql::protocol
