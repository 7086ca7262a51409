#include "client/connection/preparations.hpp"

#include "client/connection/implementation.hpp"
#include "client/connection/submission.hpp"
#include "core/message/decode_response.hpp"

#include <algorithm>
#include <utility>

namespace cocql::client {

namespace {

bool same_types(const std::vector<column>& one, const std::vector<column>& other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](const column& a, const column& b) { return a.type == b.type; });
}

error changed(std::string what) {
    return std::move(
        error(errc::server_error, "the server had forgotten the statement, and " + std::move(what))
            .with(request_outcome::answered)
            .with_advice("prepare the statement anew"));
}

} // namespace

preparations::preparations(implementation& owner) noexcept : owner_(owner) {}
preparations::~preparations() = default;

void preparations::prepare_again(const statement& which, submission& who) {
    auto& place = under_way_[which->id];
    const bool is_new = place == nullptr;
    if (is_new)
        place = std::make_unique<renewal>(*this, which);
    auto& one = *place;
    one.add(who);
    who.renewing_->waits_for = &one;
    auto* const protocol = owner_.protocol();
    const auto now = owner_.clock().coarse_now();
    // Its deadline holds while it waits.
    protocol->park(who, now);
    if (!is_new)
        return;
    if (auto* const counts = owner_.counts())
        ++counts->prepares;
    protocol->submit_again(one, now);
}

preparations::renewal::renewal(preparations& all, statement which)
    : all_(all),
      statement_(std::move(which)),
      prepare_(statement_->cql, all.owner_.version() >= protocol_version::v5
                                    ? std::string_view(statement_->keyspace)
                                    : std::string_view()) {
    message = &prepare_;
}

preparations::renewal::~renewal() = default;

void preparations::renewal::remove(submission& who) noexcept {
    std::erase(waiting_, &who);
    if (!waiting_.empty())
        return;
    all_.owner_.protocol()->abandon(*this, all_.owner_.clock().now());
    taken_out();
}

/// From here on the server may forget it again, and what is left to be told is told by this alone.
std::unique_ptr<preparations::renewal> preparations::renewal::taken_out() noexcept {
    const auto place = all_.under_way_.find(statement_->id);
    if (place == all_.under_way_.end() || place->second.get() != this)
        return nullptr; // was taken out already
    auto self = std::move(place->second);
    all_.under_way_.erase(place);
    return self;
}

/// One at a time: what one does may end others.
submission* preparations::renewal::next() noexcept {
    if (waiting_.empty())
        return nullptr;
    auto* const first = waiting_.front();
    waiting_.erase(waiting_.begin());
    first->renewing_->waits_for = nullptr;
    return first;
}

void preparations::renewal::response_received(wire::frame& frame) {
    const auto outcome = renewed(frame);
    const auto self = taken_out();
    while (auto* const who = next())
        if (outcome)
            who->renewed(*outcome);
        else
            who->not_renewed(outcome.error());
}

result<preparations::statement> preparations::renewal::renewed(wire::frame& frame) const {
    const auto prepared = message::decode_prepared(
        frame.header(), frame.body(), statement_->cql, all_.owner_.agreed().execute.metadata_ids(),
        statement_->keyspace, all_.owner_.agreed().conditional_mark);
    if (!prepared)
        return std::move(error(errc::server_error,
                               "the server had forgotten the statement, and it could not be "
                               "prepared again")
                             .because(prepared.error())
                             .with(request_outcome::answered));
    const auto& now = *prepared->content();
    if (now.id != statement_->id)
        return changed("prepares it under another id now (as after a change of keyspace)");
    if (!same_types(now.parameters, statement_->parameters))
        return changed("its markers have other types now");
    return prepared_statement::renew(statement_, now);
}

void preparations::renewal::request_failed(error failure) {
    const auto self = taken_out();
    while (auto* const who = next())
        who->not_renewed(failure);
}

void preparations::renewal::forgotten(request_outcome) noexcept {
    const auto self = taken_out();
    while (auto* const who = next()) {
        // First: whoever waits may be on another thread, and be gone at once.
        all_.owner_.protocol()->unpark(*who);
        static_cast<protocol::pending_request*>(who)->forgotten(request_outcome::not_sent);
    }
}

} // namespace cocql::client
