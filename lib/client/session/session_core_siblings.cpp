#include "client/connection/visit.hpp"
#include "client/session/session_core.hpp"
#include "client/session/sum_of_metrics.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

// Sessions of one cluster on several executors: one has the control connection, and tells the
// others.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// Of each sibling's own: more than any sends.
constexpr int bits_of_request_numbers = 40;

} // namespace

// --- of the first

asio::awaitable<result<void>> session_core::admit(std::shared_ptr<session_core> sibling) {
    if (is_closed() || map_ == nullptr)
        co_return error(errc::connection_closed,
                        "the session that this was to be a sibling of is closed")
            .with(request_outcome::not_sent);
    inheritance all{profiles_, std::nullopt, map_->known(),        tablets_.snapshot(),
                    told_,     keyspace_,    siblings_.count() + 1};
    if (tls_) {
        all.tls = tls_->context();
        all.tls->prepare_for_threads();
    }
    siblings_.add(sibling);
    if (how().siblings_share_shards())
        all.share = siblings_.share_of_last();
    // As all the rest is, and before it.
    static_cast<void>(
        sibling->home_->post([sibling, all = std::move(all)] { sibling->inherit(all); }));
    share_out();
    co_return result<void>();
}

/// Of the first: each is told its shards anew, as there are more siblings or fewer.
void session_core::share_out() {
    if (how().siblings_share_shards() && !is_closed())
        have_share(siblings_.share_out());
}

asio::awaitable<session_metrics> session_core::metrics_of_all() {
    auto all = metrics();
    add_counts(siblings_.counted(), all);
    for (const auto& each : siblings_.present()) {
        auto work = [](std::shared_ptr<session_core> whose) -> asio::awaitable<session_metrics> {
            co_return whose->metrics();
        }(each);
        auto visiting = visit(each->home_, std::move(work));
        try {
            const auto theirs = co_await std::move(visiting);
            add_metrics(theirs, all);
        } catch (const error&) {
            // It has gone with its context.
        }
    }
    co_return all;
}

asio::awaitable<result<void>> session_core::replace_profile_of_all(std::string name,
                                                                   execution_profile how) {
    auto replacing = replace_profile(name, how);
    auto outcome = co_await std::move(replacing);
    if (outcome)
        siblings_.tell([name, how](session_core& sibling) { sibling.follow_profile(name, how); });
    co_return outcome;
}

/// By a sibling, or by this one, which gives null.
void session_core::tablet_told(const session_core* by, const std::string& keyspace,
                               const std::string& table, const routing::tablet& known) {
    if (by != nullptr)
        tablets_.of(keyspace, table).put(known);
    siblings_.tell_but(
        by, [=](session_core& sibling) { sibling.tablets_.of(keyspace, table).put(known); });
}

// --- of a sibling

asio::awaitable<result<void>> session_core::join_first() {
    auto admitting = first_->admit(shared_from_this());
    auto visiting = visit(first_->home_, std::move(admitting));
    result<void> admitted;
    try {
        admitted = co_await std::move(visiting);
    } catch (const error& failure) {
        admitted = failure; // its context is gone
    }
    if (!admitted)
        co_return admitted.error();
    static_cast<void>(co_await inherited_.wait_until(executor_, clock_, base::never));
    co_return result<void>();
}

void session_core::first_ended() {
    first_has_ended_ = true;
    stop();
}

error session_core::stopped() const {
    if (first_has_ended_)
        return error(errc::connection_closed, "the session was closed while a sibling was made")
            .with(request_outcome::not_sent);
    return error(errc::cancelled, "the session was told to stop");
}

void session_core::inherit(const inheritance& what) {
    if (stop_asked_.is_made())
        return;
    be_in_keyspace(what.keyspace);
    profiles_ = what.profiles.apart();
    have_policies();
    if (what.tls)
        tls_ = std::make_shared<io::ticket_store>(*what.tls);
    tablets_.adopt(what.tablets);
    told_ = what.told;
    observation_.begin_at(what.number << bits_of_request_numbers);
    pool_settings_.share = what.share;
    tablets_over_.make(); // the first had them before it was handed out
    metadata_read(what.known);
    inherited_.make();
}

/// What it has counted does not go with it.
void session_core::leave_first() {
    tell_first([which = this, counted = metrics()](session_core& first) {
        first.siblings_.remove(*which, counted);
        first.share_out();
    });
}

/// What it has counted goes with it: nobody asks a session any more whose context is gone.
void session_core::gone_with_context() {
    if (!is_first())
        tell_first([which = this](session_core& first) {
            first.siblings_.forget(*which);
            first.share_out();
        });
}

/// As the first one goes by it already this has no say in it: but as long as nodes that only the
/// new one uses have not had their connections, requests go by the old one.
void session_core::follow_profile(const std::string& name, const execution_profile& how) {
    if (stop_asked_.is_made())
        return;
    have_followed();
    auto next = profiles_.with(name, how);
    if (!next)
        return;
    replacing_ = std::make_shared<replacement>(std::move(*next));
    have_policies();
    have_pools(*map_->known().hosts);
    if (replacing_ != nullptr && replacing_->awaited.empty())
        have_followed();
}

void session_core::have_followed() {
    const auto followed = std::exchange(replacing_, nullptr);
    if (followed == nullptr)
        return;
    profiles_ = followed->next;
    map_->forget_former_profiles();
    have_policies();
    if (!is_closed())
        have_pools(*map_->known().hosts);
}

asio::awaitable<schema_agreement> session_core::first_agreement_by(base::time_point until) {
    auto asking = first_->schema_agreement_by(until);
    auto visiting = visit(first_->home_, std::move(asking));
    auto found = co_await std::move(visiting);
    // The schema that it has read was posted here before it returned.
    co_await asio::post(executor_, asio::use_awaitable);
    co_return found;
}

// --- of each

void session_core::have_share(const policy::share& which) {
    if (stop_asked_.is_made() || pool_settings_.share == which)
        return;
    pool_settings_.share = which;
    for (const auto& [id, pool] : pools_)
        pool->have_share(which);
}

void session_core::renew_tls(const io::tls_context& context) {
    if (stop_asked_.is_made() || tls_ == nullptr)
        return;
    tls_->renew(context);
    for (const auto& [id, pool] : pools_)
        pool->renew();
}

void session_core::tell_of_tablet(const routing::tablet_map& of, const routing::tablet& known) {
    if (is_first() && !siblings_.any())
        return;
    const auto* const name = tablets_.name_of(of);
    if (name == nullptr)
        return;
    if (is_first())
        return tablet_told(nullptr, name->first, name->second, known);
    tell_first([which = this, name = *name, known](session_core& first) {
        first.tablet_told(which, name.first, name.second, known);
    });
}

} // namespace cocql::client
