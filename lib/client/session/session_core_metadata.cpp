#include "client/connection/perform.hpp"
#include "client/connection/querying.hpp"
#include "client/connection/throw_from.hpp"
#include "client/control/together.hpp"
#include "client/session/session_core.hpp"
#include "core/message/agreed_page.hpp"
#include "core/metadata/cluster_picture.hpp"
#include "core/metadata/table_row.hpp"
#include "core/routing/tablet.hpp"

#include <cocql/as_result.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// Between two rounds of asking; as long as other drivers rest.
constexpr std::chrono::milliseconds agreement_pause{200};
/// For one answer, where there is that much time.
constexpr std::chrono::seconds agreement_patience{5};

using agreement_node = schema_agreement::node;

asio::awaitable<void> hear_version(asio::awaitable<page> asking, agreement_node& of) {
    const auto answer = co_await as_result(std::move(asking));
    if (!answer)
        co_return;
    of.has_answered = true;
    metadata::for_each_row(metadata::table_pages(*answer), [&of](const metadata::table_row& row) {
        of.version = row.get<uuid>("schema_version");
    });
}

bool is_agreement(const schema_agreement& found) {
    return std::ranges::all_of(found.nodes, &agreement_node::has_answered) &&
           found.versions().size() == 1;
}

} // namespace

// --- a picture of it

host_status session_core::status_of(const uuid& host) const noexcept {
    const auto found = pools_.find(host);
    if (found == pools_.end()) {
        const auto told = told_.find(host);
        return told != told_.end() ? told->second : host_status::unknown;
    }
    if (found->second->size() != 0)
        return host_status::up;
    return found->second->last_failure() ? host_status::down : host_status::unknown;
}

host_info session_core::info_of(const metadata::host& what) const {
    host_info told;
    told.id = what.id;
    told.where = where_is(what);
    told.datacenter = what.datacenter;
    told.rack = what.rack;
    told.release_version = what.release_version;
    const auto found = pools_.find(what.id);
    told.is_used = found != pools_.end();
    if (told.is_used) {
        told.connections = found->second->size();
        if (const auto& shards = found->second->sharding())
            told.shards = shards->shards();
        told.last_failure = found->second->last_failure();
    }
    told.status = status_of(what.id);
    told.broadcast_address = what.broadcast_address;
    told.schema_version = what.schema_version;
    told.tokens = what.tokens.size();
    return told;
}

std::vector<host_info> session_core::hosts() const {
    std::vector<host_info> all;
    if (map_ != nullptr)
        for (const auto& each : map_->known().hosts->hosts())
            all.push_back(info_of(each));
    return all;
}

cluster_metadata session_core::known_cluster() {
    if (map_ == nullptr)
        return {};
    auto picture = std::make_shared<metadata::cluster_picture>();
    picture->known = map_->known();
    picture->places = map_->places();
    picture->tablets = tablets_.snapshot();
    picture->hosts = hosts();
    return cluster_metadata(std::move(picture));
}

// --- what answers say of it

void session_core::learn(routing::tablet_map& of,
                         const std::map<std::string, std::vector<std::byte>>& payload) {
    auto how = routing::tablet_payload::v2;
    auto told = payload.find(routing::key_of(how));
    if (told == payload.end()) {
        how = routing::tablet_payload::v1;
        told = payload.find(routing::key_of(how));
    }
    if (told == payload.end())
        return;
    auto known = routing::decode_tablet(told->second, how);
    if (!known)
        return warned(std::string("what a server says of a tablet is of no use: ") +
                      known.error().what());
    ++tablets_learned_;
    // A server tells it again and again where the right shard has no connection here.
    const auto* const before = of.find(known->last);
    if (before != nullptr && *before == *known)
        return;
    tell_of_tablet(of, *known);
    of.put(std::move(*known));
}

// --- who is told of its changes

/// Of hosts that have no pool it is all that is known.
void session_core::note_told(const uuid& host, const std::string& change) {
    const auto status = change == "UP" ? host_status::up : host_status::down;
    told_[host] = status;
    tell_status(host);
}

/// Where it is another one than before.
void session_core::tell_status(const uuid& host) {
    const auto* const known = map_ != nullptr ? map_->known().hosts->find(host) : nullptr;
    const auto status = status_of(host);
    if (known == nullptr || status == host_status::unknown ||
        std::exchange(announced_[host], status) == status || !listeners_.any())
        return;
    const bool is_up = status == host_status::up;
    announce({[info = info_of(*known), is_up, now = known_cluster()](metadata_listener& who) {
        is_up ? who.host_up(info, now) : who.host_down(info, now);
    }});
}

/// What becomes other hosts by this snapshot, as they are before it. None where nobody listens, or
/// there was no other snapshot.
std::vector<session_core::changed_host>
session_core::changed_hosts(const metadata::cluster_snapshot& now) {
    std::vector<changed_host> all;
    if (map_ == nullptr || !listeners_.any())
        return all;
    const auto& before = *map_->known().hosts;
    for (const auto& each : metadata::host_changes(before, *now.hosts)) {
        const auto* const was = before.find(each.id);
        all.push_back({each, was != nullptr ? info_of(*was) : host_info()});
    }
    return all;
}

void session_core::tell_changes(const metadata::cluster_snapshot& before,
                                const std::vector<changed_host>& hosts) {
    const auto& known = map_->known();
    std::erase_if(told_, [&](const auto& each) {
        return pools_.contains(each.first) || known.hosts->find(each.first) == nullptr;
    });
    std::erase_if(announced_,
                  [&](const auto& each) { return known.hosts->find(each.first) == nullptr; });
    if (!before.hosts || !listeners_.any())
        return;
    const auto now = known_cluster();
    using kind = metadata::host_change::kind;
    std::vector<metadata_listeners::news> news;
    for (const auto& each : hosts) {
        const auto* const found = now.host(each.what.id);
        const auto info = found != nullptr ? *found : each.before;
        news.emplace_back(
            [what = each.what.what, before = each.before, info, now](metadata_listener& who) {
                switch (what) {
                case kind::added:
                    return who.host_added(info, now);
                case kind::removed:
                    return who.host_removed(before, now);
                case kind::moved:
                    return who.host_moved(before, info, now);
                case kind::altered:
                    return who.host_altered(before, info, now);
                }
            });
    }
    if (before.schema != known.schema)
        for (auto& each : metadata::schema_differences(*before.schema, *known.schema))
            news.emplace_back([what = std::move(each), now](metadata_listener& who) {
                who.schema_changed(what, now);
            });
    announce(std::move(news));
}

void session_core::announce(std::vector<metadata_listeners::news> what) {
    if (!stop_asked_.is_made() && listeners_.announce(std::move(what)))
        static_cast<void>(home_->post([self = shared_from_this()] { self->tell_listeners(); }));
}

void session_core::tell_listeners() {
    listeners_.tell_all([this](std::exception_ptr thrown) { listener_failed(std::move(thrown)); });
}

void session_core::listener_failed(std::exception_ptr thrown) {
    if (!how_.warnings())
        return throw_from(executor_, std::move(thrown));
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
        warned(std::string("a listener has thrown: ") + failure.what());
    } catch (...) {
        warned("a listener has thrown something that is no std::exception");
    }
}

// --- whether its nodes agree on the schema

asio::awaitable<schema_agreement> session_core::schema_versions(base::duration patience) {
    const std::string cql = "SELECT schema_version FROM system.local WHERE key = 'local'";
    statement_options options;
    options.consistency(consistency::one).timeout(patience);
    schema_agreement found;
    std::vector<asio::awaitable<page>> asking;
    for (const auto& [id, pool] : pools_)
        if (const auto& connection = pool->connection_to(0)) {
            found.nodes.push_back({id, pool->where(), false, std::nullopt});
            asking.push_back(perform(connection, querying(cql, options)));
        }
    // The schema is read of this one, also where it is not used for requests.
    const auto of_control = control_->node();
    const auto& id = control_->node_id();
    if (of_control &&
        std::ranges::find(found.nodes, id, &agreement_node::host) == found.nodes.end()) {
        found.nodes.push_back({id, of_control.where(), false, std::nullopt});
        auto node = of_control;
        asking.push_back(node.query(cql, options));
    }
    std::vector<asio::awaitable<void>> work;
    for (std::size_t i = 0; i < asking.size(); ++i)
        work.push_back(hear_version(std::move(asking[i]), found.nodes[i]));
    co_await together(std::move(work));
    std::ranges::sort(found.nodes, {}, &agreement_node::host);
    found.is_reached = is_agreement(found);
    co_return found;
}

asio::awaitable<schema_agreement> session_core::schema_agreement_by(base::time_point until) {
    schema_agreement found;
    if (!is_first()) {
        auto asking = first_agreement_by(until);
        found = co_await std::move(asking);
        co_return found;
    }
    for (;;) {
        const auto left = base::between(clock_.now(), until);
        const base::duration patience = agreement_patience;
        auto asking =
            schema_versions(left > base::duration::zero() ? std::min(left, patience) : patience);
        found = co_await std::move(asking);
        const auto next = base::after(clock_.now(), agreement_pause);
        if (found.is_reached || is_closed() || next >= until)
            break;
        static_cast<void>(co_await stop_asked_.wait_until(executor_, clock_, next));
    }
    if (found.is_reached && !is_closed())
        found.is_read = co_await control_->read_schema(until);
    co_return found;
}

asio::awaitable<page> session_core::agreed(page changed, base::time_point deadline) {
    const auto& limit = how_.schema_agreement_timeout();
    if (limit && *limit <= base::duration::zero())
        co_return changed;
    const auto latest = limit ? base::after(clock_.now(), *limit) : base::never;
    schema_agreement found;
    try {
        auto waiting = schema_agreement_by(std::min(latest, deadline));
        found = co_await std::move(waiting);
    } catch (const boost::system::system_error&) {
        // The wait was cancelled. What was executed is no failure.
    } catch (const error&) {
        // A sibling's: nobody there who could ask.
    }
    co_return message::with_agreement(changed, std::move(found));
}

} // namespace cocql::client
