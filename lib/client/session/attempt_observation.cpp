#include "client/session/attempt_observation.hpp"

#include "client/connection/throw_from.hpp"

#include <algorithm>
#include <exception>

namespace cocql::client {

namespace {

request_attempt described_attempt(const implementation& where, const request_operation& request,
                                  const attempt_record& record) {
    return {record.request, record.attempt, where.host(),
            where.where(),  where.shard(),  wire::to_string(request.message->opcode())};
}

} // namespace

template <class Tell>
void attempt_observation::tell(const attempt_record& record, const Tell& what) const {
    for (auto* const each : {observer_.get(), record.also_told})
        if (each != nullptr)
            try {
                what(*each);
            } catch (...) {
                throw_from(executor_, std::current_exception());
            }
}

void attempt_observation::attempt_begins(implementation& where, request_operation& request,
                                         attempt_record& record, const attempts& before) {
    record.request = before.any() ? before.request() : ++requests_;
    record.attempt = static_cast<std::uint32_t>(before.count() + 1);
    record.also_told = before.policy();
    if (record.also_told == nullptr)
        record.also_told = before.watch();
    tell(record, [&](request_observer& who) {
        who.attempt_begun(described_attempt(where, request, record));
    });
}

void attempt_observation::attempt_ended(implementation& where, request_operation& request,
                                        const attempt_record& record, const error* why) {
    attempt_end how;
    how.failure = why;
    const auto begun = record.begun;
    const bool was_submitted = begun != base::time_point();
    const auto end = request.frame() != nullptr ? where.protocol()->received_at()
                     : was_submitted            ? clock_.now()
                                                : begun;
    if (request.frame() == nullptr &&
        (why == nullptr || why->outcome() == request_outcome::not_sent)) {
        how.queued = end - begun;
    } else {
        const auto sent = std::clamp(record.left_queue, begun, std::max(begun, end));
        how.queued = sent - begun;
        how.waited = end - sent;
    }
    tell(record, [&](request_observer& who) {
        who.attempt_ended(described_attempt(where, request, record), how);
    });
}

} // namespace cocql::client
