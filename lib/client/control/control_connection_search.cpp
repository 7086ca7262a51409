#include "client/connection/prepared_opening.hpp"
#include "client/control/candidates.hpp"
#include "client/control/control_connection.hpp"
#include "client/control/look_up.hpp"
#include "client/control/no_node.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <exception>
#include <utility>

// How a node is found.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error told_to_leave() {
    return error(errc::connection_draining, "it takes no more requests, and another is looked for");
}

/// Whether certificates are verified by the name that has led to a server.
bool verifies_names(const connection_options& options) noexcept {
    const auto& tls = options.tls_settings();
    return tls && tls->verify() == tls_verify::full && !tls->server_hostname();
}

} // namespace

error control_connection::told_by_name(error why, const candidate& of) {
    if (!of.name().empty() && why.endpoint() == of.where().to_string())
        why.at(of.to_string());
    return why;
}

asio::awaitable<result<std::unique_ptr<control_connection::reached>>>
control_connection::reach_some_node() {
    race::outcome outcome;
    auto begun = std::make_shared<race>(
        executor_, clock_, candidates(),
        [this](const candidate& named) { return addresses_of(named); },
        [this](const candidate& meant) { return reach(meant); }, outcome);
    race_ = begun;
    auto begin = [&begun](auto&& handler) {
        const auto under_way = std::move(begun); // which is not for us to keep
        under_way->begin(std::move(handler));
    };
    co_await asio::async_initiate<const asio::deferred_t&, void()>(begin, asio::deferred);
    // A name is none before it has been looked up.
    places_ = std::max(outcome.places, settings_.contact_points.size());
    if (outcome.thrown)
        std::rethrow_exception(outcome.thrown);
    if (outcome.winner)
        co_return std::move(*outcome.winner);
    if (outcome.failures.empty())
        co_return stopped();
    co_return no_node(std::move(outcome.failures));
}

candidate_queue control_connection::candidates() {
    candidate_queue::differences count;
    count.by_name = verifies_names(settings_.options);
    count.by_being_given = settings_.way != nullptr;
    // Where the only node was before, another one may be by now; where it is its name tells.
    const auto* const known = settings_.single_node ? nullptr : known_.hosts.get();
    return {control_candidates(known, settings_.contact_points, lost_ ? &*lost_ : nullptr,
                               static_cast<std::uint32_t>(chance_())),
            count};
}

/// The one that was lost is the last of a name, too; but where it was the only node it is the
/// first, for the others are other nodes.
asio::awaitable<result<std::vector<candidate>>> control_connection::addresses_of(candidate named) {
    auto looking = look_up(std::move(named), settings_.options, settings_.names, surroundings_);
    auto found = co_await std::move(looking);
    if (found && lost_)
        std::stable_partition(found->begin(), found->end(), [this](const candidate& each) {
            return each.is_at(lost_->where()) == settings_.single_node;
        });
    co_return found;
}

asio::awaitable<result<std::unique_ptr<control_connection::reached>>>
control_connection::reach(candidate meant) {
    auto reaching = open_at(meant);
    auto node = co_await std::move(reaching);
    if (!node)
        co_return told_by_name(node.error(), meant);
    co_return std::move(*node);
}

asio::awaitable<result<std::unique_ptr<control_connection::reached>>>
control_connection::open_at(const candidate& meant) {
    auto where = meant.where();
    const auto host = known_at(meant);
    if (settings_.way && host) {
        auto asking = settings_.way(*host, where);
        auto found = co_await std::move(asking);
        if (!found)
            co_return found.error();
        where = std::move(*found);
    }
    auto options = options_for(meant);
    const auto self = weak_from_this();
    const auto ended = std::make_shared<std::optional<error>>();
    options.events(events_of_interest(), [self](const event& happened) {
        if (const auto control = self.lock())
            control->event_received(happened);
    });
    options.watch([self, ended](const connection_state& now) {
        *ended = now.draining ? told_to_leave() : now.last_error;
        if (const auto control = self.lock())
            control->watched_ended();
    });
    const auto of_known = tls_ && host ? tls_->of(*host) : nullptr;
    const auto tickets = tls_ && !of_known ? tls_->of_stranger() : of_known;
    auto opening =
        prepared_opening::open(std::move(where), std::move(options), tickets, surroundings_);
    auto opened = co_await as_result(std::move(opening));
    if (!opened)
        co_return opened.error();
    auto node = std::make_unique<reached>(std::move(*opened), meant, settings_);
    node->ended = ended;
    auto topology = co_await node->tables.read_topology();
    if (!topology)
        co_return topology.error();
    node->topology = std::move(*topology);
    if (const auto fits = check(*node); !fits)
        co_return fits.error();
    if (tls_) {
        const auto own = tls_->of(node->topology.self);
        if (of_known && own != of_known)
            of_known->forget_all(); // another node is there now
        else if (own != tickets)
            tickets->pour_into(*own);
    }
    co_return std::move(node);
}

connection_options control_connection::options_for(const candidate& meant) const {
    auto options = settings_.options;
    if (!meant.name().empty() && verifies_names(options)) {
        auto tls = *options.tls_settings();
        options.tls(tls.server_hostname(meant.name()));
    }
    return options;
}

std::vector<event_type> control_connection::events_of_interest() const {
    std::vector<event_type> all{event_type::topology_change, event_type::status_change};
    if (settings_.reads_schema)
        all.push_back(event_type::schema_change);
    return all;
}

/// The node that is known to be there; nothing where none is. Which one a contact point leads to
/// shows only when it is asked, if addresses are translated.
std::optional<uuid> control_connection::known_at(const candidate& meant) const {
    if (!known_.hosts || (settings_.way && meant.is_given()))
        return std::nullopt;
    const auto address = inet_address::parse(meant.where().host());
    if (!address)
        return std::nullopt;
    for (const auto& each : known_.hosts->hosts())
        if (each.address == *address && each.port == meant.where().port())
            return each.id;
    return std::nullopt;
}

} // namespace cocql::client
