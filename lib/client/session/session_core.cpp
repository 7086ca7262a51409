#include "client/session/session_core.hpp"

#include "client/address/translated.hpp"
#include "client/connection/throw_from.hpp"
#include "client/control/candidate.hpp"
#include "client/session/introduction.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error session_closed() {
    return error(errc::connection_closed, "the session is closed").with(request_outcome::not_sent);
}

/// The UNIX socket that is the only contact point, or none.
const endpoint* unix_socket_of(const options& how) noexcept {
    const auto& given = how.contact_points();
    return given.size() == 1 && given.front().is_unix_socket() ? &given.front() : nullptr;
}

/// The only node is known by its address, but whoever gave its name means that one.
connection_options pool_options_of(const options& how) {
    auto options = how.connection();
    const auto& tls = options.tls_settings();
    if (!how.single_node() || how.contact_points().size() != 1 || !tls ||
        tls->verify() != tls_verify::full || tls->server_hostname())
        return options;
    const candidate given(how.contact_points().front());
    if (given.is_to_be_looked_up()) {
        auto by_name = *tls;
        options.tls(by_name.server_hostname(given.where().host()));
    }
    return options;
}

control_settings control_settings_of(const options& how, way_to_node way) {
    control_settings settings;
    settings.way = std::move(way);
    settings.contact_points = how.contact_points();
    settings.single_node = how.single_node();
    settings.options = how.connection();
    // It reads by full names, and finds the cluster also where this one is yet to be created.
    settings.options.keyspace("");
    settings.cluster_name = how.cluster_name();
    settings.reads_schema = how.schema_metadata() && how.control_connection();
    settings.reads_tablets = how.warm_up();
    return settings;
}

asio::awaitable<result<endpoint>> straight_to(endpoint where) {
    co_return where;
}

} // namespace

session_core::session_core(asio::any_io_executor executor, options how,
                           io::surroundings surroundings, std::shared_ptr<session_core> first)
    : executor_(std::move(executor)),
      home_(std::make_shared<home>(executor_)),
      first_(std::move(first)),
      how_(with_id(std::move(how))),
      surroundings_(std::move(surroundings)),
      clock_(surroundings_.clock()),
      random_(surroundings_.seed()),
      control_(first_ != nullptr ? nullptr
                                 : std::make_shared<control_connection>(
                                       executor_, control_settings_of(how_, way()), surroundings_,
                                       static_cast<control_listener&>(*this))),
      observation_(how_.observer(), executor_, clock_),
      attentive_(observation_.is_on()),
      statements_(how_.remembered_statements()),
      profiles_(how_.execution_profiles(), {preference(), how_.load_balancing_policy(),
                                            std::as_const(how_).latency_awareness(), &clock_}),
      opening_over_(executor_),
      life_over_(executor_) {
    pool_settings_.options = pool_options_of(how_);
    keyspace_ = pool_settings_.options.keyspace();
    pool_settings_.per_node = how_.connections_per_node().has_value();
    pool_settings_.limits.per_shard =
        how_.connections_per_node().value_or(how_.connections_per_shard());
    pool_settings_.chooses_shards =
        how_.shard_aware_port() && !pool_settings_.per_node && unix_socket_of(how_) == nullptr;
    pool_settings_.way = way();
    pool_settings_.tablet_version_keys = how_.tablet_version_keys();
    // Otherwise nobody knows what has them.
    pool_settings_.wants_tablets = how_.schema_metadata() && how_.control_connection();
    pool_settings_.ids_are_told = how_.control_connection();
    if (!how_.control_connection() && !how_.contact_points().empty())
        contact_nodes_.emplace(how_.contact_points());
    if (is_first())
        for (const auto& each : how_.listeners())
            static_cast<void>(listeners_.add(each));
    have_policies();
}

session_core::~session_core() {
    leave_with([this] {
        opening_over_.let_go();
        life_over_.let_go();
        executor_ = nullptr;
    });
}

std::shared_ptr<const void> session_core::keep(member& whom) noexcept {
    return static_cast<session_core&>(whom).weak_from_this().lock();
}

void session_core::context_destroyed() noexcept {
    const auto openers = opening_over_.let_go();
    const auto closers = life_over_.let_go();
    gone_with_context();
    executor_ = nullptr;
}

// --- opening and its end

/// Of the first one: what can be said before anything is begun.
result<void> session_core::prepare_to_open() {
    if (how_.failure())
        return *how_.failure();
    if (!how_.local_rack().empty() && how_.local_datacenter().empty())
        return error(errc::bad_configuration, "a local rack says nothing without its data centre")
            .with_advice("give the local data centre, too");
    if (auto possible = profiles_.check(); !possible)
        return possible.error();
    if (auto possible = check_without_control(); !possible)
        return possible.error();
    if (how_.contact_points().size() > 1 &&
        std::ranges::any_of(how_.contact_points(), &endpoint::is_unix_socket))
        return error(errc::bad_configuration,
                     "a node at a UNIX socket is all there is of a cluster")
            .with_advice("give no other contact point beside it");
    if (how().single_node() && how_.contact_points().size() > 1)
        return error(errc::bad_configuration, "a single node has no more than one contact point")
            .with_advice("give one, or let the session know all of the cluster");
    if (const auto& tls = how_.connection().tls_settings()) {
        auto prepared = io::tls_context::for_client(*tls);
        if (!prepared)
            return prepared.error();
        tls_ = std::make_shared<io::ticket_store>(std::move(*prepared));
        control_->use(tls_);
    }
    introduce(*control_, how_, pool_settings_, [this](const std::string& what) { warned(what); });
    return {};
}

asio::awaitable<result<void>> session_core::open() {
    if (is_first())
        if (auto possible = prepare_to_open(); !possible)
            co_return possible.error();
    join(asio::query(executor_, asio::execution::context), &keep);
    if (is_first() && !how_.control_connection())
        control_->go_with_context();
    begun_ = true;
    asio::co_spawn(
        executor_, live(shared_from_this()),
        [self = shared_from_this()](std::exception_ptr thrown) { self->ended(std::move(thrown)); });
    // Who cancels it when it has succeeded, and is on its way back, does so too late.
    co_await opening_over_.wait([this] {
        if (!opening_over_.is_open())
            stop();
    });
    co_return *opened_;
}

asio::awaitable<void> session_core::close() {
    if (!begun_)
        co_return;
    stop();
    co_await life_over_.wait();
}

void session_core::abandon() noexcept {
    static_cast<void>(home_->post([self = shared_from_this()] {
        if (self->begun_)
            self->stop();
    }));
}

void session_core::stop() noexcept {
    std::ranges::fill(pools_by_index_, nullptr); // no more requests
    stop_asked_.make();
    reached_.make();
    settled_.make();
    tablets_over_.make();
    if (replacing_ != nullptr) {
        replacing_->arrived.make();
        replacing_->over.make();
    }
    inherited_.make();
    if (changing_keyspace_ != nullptr)
        changing_keyspace_->over.make();
    for (const auto& each : searches_)
        each->over.make();
    if (is_first())
        control_->stop();
    siblings_.tell([](session_core& sibling) { sibling.first_ended(); });
    listeners_.end();
}

void session_core::opening_ended(result<void> outcome) {
    if (opened_)
        return;
    opened_ = std::move(outcome);
    if (*opened_)
        opening_over_.open();
}

void session_core::ended(std::exception_ptr thrown) {
    opening_ended(session_closed());
    opening_over_.open();
    life_over_.open();
    if (thrown)
        std::rethrow_exception(thrown);
}

// --- its life

asio::awaitable<void> session_core::live(std::shared_ptr<session_core> self) {
    co_await self->live();
}

asio::awaitable<void> session_core::live() {
    auto found = co_await find_cluster();
    const bool usable = found.has_value();
    opening_ended(std::move(found));
    if (usable)
        static_cast<void>(co_await stop_asked_.wait_until(executor_, clock_, base::never));
    co_await put_away();
}

asio::awaitable<result<void>> session_core::find_cluster() {
    auto opening = !is_first()      ? join_first()
                   : contact_nodes_ ? know_contact_points()
                                    : control_->open();
    auto opened = co_await std::move(opening);
    if (!opened)
        co_return opened.error();
    static_cast<void>(co_await reached_.wait_until(executor_, clock_, base::never));
    if (stop_asked_.is_made())
        co_return stopped();
    const bool any =
        std::ranges::any_of(pools_, [](const auto& each) { return each.second->size() != 0; });
    if (!any)
        co_return contact_nodes_ ? no_contact_point_reached() : unreachable(attempts());
    if (how().warm_up())
        co_return co_await warm_up();
    co_return result<void>();
}

asio::awaitable<void> session_core::put_away() {
    stop();
    if (is_first())
        co_await control_->close();
    for (auto& [id, pool] : std::exchange(pools_, {}))
        leaving_.push_back(pool);
    for (const auto& each : leaving_)
        each->stop();
    for (const auto& each : leaving_)
        co_await each->close();
    leaving_.clear();
    if (!is_first())
        leave_first();
}

// --- what the control connection tells

routing::preference session_core::preference() const {
    routing::preference wanted;
    wanted.datacenter = how_.local_datacenter();
    wanted.rack = how_.local_rack();
    wanted.remote_hosts = how_.remote_hosts();
    return wanted;
}

void session_core::metadata_read(const metadata::cluster_snapshot& now) {
    if (stop_asked_.is_made())
        return;
    auto wanted = preference();
    if (how_.filter())
        wanted.filter = [this, &now](const routing::topology::host& each) {
            return keeps(info_of(*now.hosts->find(each.id)));
        };
    const auto before = map_ != nullptr ? map_->known() : metadata::cluster_snapshot();
    const auto hosts_before = changed_hosts(now);
    if (map_ != nullptr)
        forget_tablets(before, now);
    map_ = std::make_unique<cluster_map>(now, wanted, asking_policies(), tablets_, map_.get());
    siblings_.tell([now](session_core& sibling) { sibling.metadata_read(now); });
    have_pools(*now.hosts);
    tell_changes(before, hosts_before);
    look_whether_settled();
}

void session_core::forget_tablets(const metadata::cluster_snapshot& before,
                                  const metadata::cluster_snapshot& now) {
    if (before.schema != now.schema) {
        tablets_.schema_changed(*before.schema, *now.schema);
        forget_statements(*before.schema, *now.schema);
    }
    for (const auto& each : before.hosts->hosts())
        if (now.hosts->find(each.id) == nullptr) {
            tablets_.forget_host(each.id);
            if (tls_)
                tls_->forget(each.id);
        }
}

void session_core::have_pools(const metadata::topology_snapshot& hosts) {
    std::erase_if(leaving_, [](const auto& each) { return each->is_over(); });
    const auto& known = map_->hosts();
    auto before = std::exchange(pools_, {});
    std::vector<std::shared_ptr<host_pool>> made;
    pools_by_index_.assign(known.hosts().size(), nullptr);
    for (const auto& each : hosts.hosts()) {
        const auto index = known.find(each.id);
        if (!index || !is_wanted(*index))
            continue;
        auto pool = before.extract(each.id);
        auto& kept = pools_[each.id];
        if (pool.empty()) {
            kept = make_pool(each);
            made.push_back(kept);
        } else {
            kept = std::move(pool.mapped());
            kept->move_to(where_is(each));
        }
        pools_by_index_[*index] = kept.get();
    }
    for (auto& [id, pool] : before) {
        counts_.forget(id);
        profiles_.forget_latencies(id);
        awaits_no_more(id);
        leaving_.push_back(pool);
    }
    counts_.gather();
    // Now that all is whole: what of the application's they cancel or ask may look at the session.
    for (const auto& [id, pool] : before) {
        const auto index = known.find(id);
        if (index && map_->is_kept(*index))
            pool->drain(); // there are only no profiles any more that use it
        else
            pool->stop();
    }
    for (const auto& each : made)
        each->begin();
}

std::shared_ptr<host_pool> session_core::make_pool(const metadata::host& what) {
    auto settings = pool_settings_;
    settings.tls = tls_ ? tls_->of(what.id) : nullptr;
    auto made = std::make_shared<host_pool>(executor_, what.id, where_is(what), std::move(settings),
                                            surroundings_, static_cast<pool_listener&>(*this));
    if (!settled_.is_made())
        unsettled_.push_back(what.id);
    if (replacing_ != nullptr)
        replacing_->awaited.push_back(what.id);
    made->count_in(counts_.of_new(what.id));
    return made;
}

void session_core::status_told(const status_change& told) {
    siblings_.tell([told](session_core& sibling) { sibling.status_told(told); });
    const auto address = inet_address::parse(told.address);
    if (map_ == nullptr || !address)
        return;
    const auto* const host = map_->known().hosts->find(*address);
    if (host == nullptr)
        return;
    if (const auto found = pools_.find(host->id); found == pools_.end())
        note_told(host->id, told.change);
    else if (told.change == "UP")
        found->second->wake();
}

/// One that the filter cannot judge is not used.
bool session_core::keeps(const host_info& node) noexcept {
    try {
        return how_.filter()(node);
    } catch (...) {
        throw_from(executor_, std::current_exception());
        return false;
    }
}

void session_core::warned(const std::string& what) {
    if (!how_.warnings())
        return;
    if (!is_first()) // it is not called on several threads at once
        return tell_first([what](session_core& first) { first.warned(what); });
    try {
        how_.warnings()(what);
    } catch (...) {
        throw_from(executor_, std::current_exception());
    }
}

/// They are to have ended before this does.
way_to_node session_core::way() {
    if (const auto* const only = unix_socket_of(how_))
        return [only = *only](uuid, endpoint) { return straight_to(only); };
    if (!how_.address_translator() || !how_.control_connection())
        return nullptr;
    return [this](uuid host, endpoint where) { return way_to(host, std::move(where)); };
}

asio::awaitable<result<endpoint>> session_core::way_to(uuid host, endpoint where) {
    host_info node;
    node.id = host;
    if (map_ != nullptr)
        if (const auto* const known = map_->known().hosts->find(host))
            node = info_of(*known);
    node.where = std::move(where);
    const auto limit = how_.connection().connect_timeout();
    const auto deadline = limit ? base::after(clock_.now(), *limit) : base::never;
    auto asking = translated(how_.address_translator(), std::move(node), clock_, deadline);
    co_return co_await std::move(asking);
}

// --- what the pools tell

void session_core::host_reached(const uuid& host) {
    reached_.make();
    profiles_.forget_latencies(host); // its past says nothing of how it is now
    tell_status(host);
    wake_control();
}

void session_core::another_met(const uuid&) {
    if (is_first())
        control_->look_again();
    else
        tell_first([](session_core& first) { first.control_->look_again(); });
}

void session_core::host_settled(const uuid& host) {
    awaits_no_more(host);
    tell_status(host); // that it could not be reached
    look_whether_settled();
}

void session_core::awaits_no_more(const uuid& host) {
    std::erase(unsettled_, host);
    for (const auto& each : searches_)
        if (std::erase(each->awaited, host) != 0 && each->awaited.empty())
            each->over.make();
    if (replacing_ == nullptr || std::erase(replacing_->awaited, host) == 0 ||
        !replacing_->awaited.empty())
        return;
    replacing_->arrived.make();
    if (!is_first()) // in the midst of what changes pools
        static_cast<void>(home_->post([self = shared_from_this(), which = replacing_] {
            if (self->replacing_ == which)
                self->have_followed();
        }));
}

void session_core::look_whether_settled() {
    if (!unsettled_.empty())
        return;
    reached_.make(); // or not at all
    settled_.make();
}

// --- what is asked of it

asio::awaitable<result<void>> session_core::ready() {
    const bool settled = co_await settled_.wait_until(executor_, clock_, base::never);
    if (stop_asked_.is_made())
        co_return session_closed();
    if (!settled)
        co_return error(errc::cancelled, "the wait for connections was cancelled");
    co_return result<void>();
}

/// New ones first: what cannot be read leaves everything as it is.
result<void> session_core::reload_tls() {
    if (stop_asked_.is_made())
        return session_closed();
    const auto& tls = how_.connection().tls_settings();
    if (!tls)
        return error(errc::invalid_argument, "the session does not speak TLS");
    if (tls->context() != nullptr)
        return error(
            errc::invalid_argument,
            "the session's TLS context is the application's own: there is no file to read");
    auto prepared = io::tls_context::for_client(*tls);
    if (!prepared)
        return prepared.error();
    if (siblings_.any())
        prepared->prepare_for_threads();
    renew_tls(*prepared);
    control_->renew();
    siblings_.tell([context = *prepared](session_core& sibling) { sibling.renew_tls(context); });
    return {};
}

io::tls_tickets::handshakes session_core::handshakes() const noexcept {
    return tls_ ? tls_->counted() : io::tls_tickets::handshakes();
}

error session_core::unreachable(const attempts& tried) const {
    if (stop_asked_.is_made())
        return session_closed();
    if (const auto& profile = tried.profile(); profile != nullptr && map_ != nullptr)
        if (const auto none = no_node_for(profile))
            return *none;
    auto failures = tried.failures();
    for (const auto& [id, pool] : pools_)
        if (!tried.has(id) && pool->last_failure())
            failures.push_back(*pool->last_failure());
    if (pools_.empty()) {
        return error(errc::bad_configuration, "the options let no node of the cluster be used")
            .with_advice(
                "look at the local data centre, the filter and the load-balancing policy, if "
                "there is one; the data centres are: " +
                datacenters())
            .with(request_outcome::not_sent);
    }
    if (tried.policy() != nullptr)
        return not_by_policy(tried, std::move(failures));
    error failure(errc::no_host_available, "no node that may be used has a connection");
    if (failures.empty())
        failure.with_advice("wait for ready(), or try again: no attempt to connect has ended yet");
    else
        failure.because(failures.front());
    return std::move(failure.with_attempts(std::move(failures)).with(request_outcome::not_sent));
}

std::string session_core::datacenters() const {
    std::set<std::string> names;
    if (map_ != nullptr)
        for (const auto& each : map_->known().hosts->hosts())
            names.insert(each.datacenter);
    std::string all;
    for (const auto& each : names)
        all += (all.empty() ? "" : ", ") + each;
    return all;
}

} // namespace cocql::client
