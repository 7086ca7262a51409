#include "client/connection/preparations.hpp"

#include "client/connection/implementation.hpp"
#include "client/connection/submission.hpp"
#include "core/message/decode_response.hpp"

#include <algorithm>
#include <utility>

namespace cocql::client {

namespace {

/// That one connection has for it where others wait; each after it has twice as long.
constexpr base::duration first_patience = std::chrono::seconds(1);

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

preparations::preparations() = default;
preparations::~preparations() = default;

preparations::member_number preparations::join(const std::shared_ptr<implementation>& who) {
    members_.emplace(++last_number_, who);
    return last_number_;
}

void preparations::remember(const statement& which) {
    if (lately_.size() >= most_remembered)
        lately_.clear();
    auto& place = lately_[which->id];
    place = {which, {}};
    for (const auto& [number, member] : members_)
        if (const auto connection = member.lock())
            place.positions[number] = connection->protocol()->position();
}

preparations::statement preparations::prepared_since(const statement& which,
                                                     const submission& who) const {
    const auto found = lately_.find(which->id);
    if (found == lately_.end())
        return nullptr;
    const auto& [what, positions] = found->second;
    const auto at = positions.find(who.owner_.member_number());
    const bool was_sent_before =
        at != positions.end() && protocol::cql_protocol::was_queued_before(at->second, who);
    return was_sent_before && same_types(what->parameters, which->parameters) ? what : nullptr;
}

void preparations::prepare_again(const statement& which, submission& who) {
    // Its deadline holds while it waits.
    who.owner_.protocol()->park(who, who.owner_.clock().coarse_now());
    if (const auto found = under_way_.find(which->id); found != under_way_.end())
        found->second->add(who);
    else
        begin(which, {&who}, who.owner_, first_patience);
}

void preparations::begin(const statement& which, std::vector<submission*> waiting,
                         implementation& by, base::duration patience) {
    auto& place = under_way_[which->id];
    place = std::make_unique<renewal>(*this, which, std::move(waiting), by, patience);
    place->send();
}

// --- one of them

preparations::renewal::renewal(preparations& all, statement which, std::vector<submission*> waiting,
                               implementation& by, base::duration patience)
    : all_(all),
      statement_(std::move(which)),
      by_(by),
      patience_(patience),
      begun_at_(by.clock().now()),
      prepare_(statement_->cql, by.version() >= protocol_version::v5
                                    ? std::string_view(statement_->keyspace)
                                    : std::string_view()),
      waiting_(std::move(waiting)) {
    message = &prepare_;
    for (auto* const who : waiting_)
        who->renewing_->waits_for = this;
}

preparations::renewal::~renewal() = default;

void preparations::renewal::send() {
    deadline = another() != nullptr ? base::after(begun_at_, patience_) : base::never;
    if (auto* const counts = by_.counts())
        ++counts->prepares;
    is_under_way_ = true;
    by_.protocol()->submit_again(*this, by_.clock().coarse_now());
}

void preparations::renewal::add(submission& who) {
    waiting_.push_back(&who);
    who.renewing_->waits_for = this;
    if (&who.owner_ != &by_ && deadline == base::never)
        by_.protocol()->give_deadline(*this, base::after(begun_at_, patience_));
}

void preparations::renewal::remove(submission& who) noexcept {
    std::erase(waiting_, &who);
    if (!waiting_.empty() || !is_under_way_)
        return;
    is_under_way_ = false;
    by_.protocol()->abandon(*this, by_.clock().now());
    taken_out();
}

/// From here on the server may forget it again, and what is left to be told is told by this alone.
std::unique_ptr<preparations::renewal> preparations::renewal::taken_out() noexcept {
    is_under_way_ = false;
    const auto place = all_.under_way_.find(statement_->id);
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
    const auto outcome = prepared_as(frame);
    const auto self = taken_out();
    statement renewed;
    while (auto* const who = next()) {
        const auto own = who->statement_of(statement_->id);
        if (!outcome) {
            who->not_renewed(outcome.error());
        } else if (own == nullptr || !same_types(outcome->parameters, own->parameters)) {
            // The server would take its values' bytes for something else.
            who->not_renewed(changed("its markers have other types now"));
        } else {
            if (renewed == nullptr) // before anything is sent again
                all_.remember(renewed = prepared_statement::renew(own, *outcome));
            who->renewed(renewed);
        }
    }
}

result<prepared_statement::parts> preparations::renewal::prepared_as(wire::frame& frame) const {
    const auto prepared = message::decode_prepared(
        frame.header(), frame.body(), statement_->cql, by_.agreed().execute.metadata_ids(),
        statement_->keyspace, by_.agreed().conditional_mark);
    if (!prepared)
        return std::move(error(errc::server_error,
                               "the server had forgotten the statement, and it could not be "
                               "prepared again")
                             .because(prepared.error())
                             .with(request_outcome::answered));
    const auto& now = *prepared->content();
    if (now.id != statement_->id)
        return changed("prepares it under another id now (as after a change of keyspace)");
    return now;
}

/// Another connection for which somebody waits, one that takes requests if there is any; null for
/// none.
implementation* preparations::renewal::another() const noexcept {
    implementation* found = nullptr;
    for (auto* const who : waiting_)
        if (&who->owner_ != &by_ && (found == nullptr || !found->takes_requests()))
            found = &who->owner_;
    return found;
}

/// Out of those who wait.
std::vector<submission*> preparations::renewal::take(bool with_own) {
    const auto is_own = [&](const submission* who) { return &who->owner_ == &by_; };
    const auto first = with_own ? waiting_.begin()
                                : std::stable_partition(waiting_.begin(), waiting_.end(), is_own);
    std::vector<submission*> taken(first, waiting_.end());
    waiting_.erase(first, waiting_.end());
    return taken;
}

void preparations::renewal::request_failed(error failure) {
    // Its deadline is no end: it is when others have waited for long enough.
    const bool is_late = failure.is(errc::timed_out) && !by_.protocol()->is_over();
    auto* const other = another();
    if (is_late && other == nullptr)
        return send();
    const auto self = taken_out();
    if (other != nullptr)
        all_.begin(statement_, take(is_late), *other, is_late ? 2 * patience_ : patience_);
    while (auto* const who = next())
        who->not_renewed(failure);
}

/// The requests are told so by their connections, as all that are parked there.
void preparations::renewal::forgotten(request_outcome) noexcept {
    const auto self = taken_out();
    while (next() != nullptr) {
    }
}

} // namespace cocql::client
