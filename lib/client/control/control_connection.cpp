#include "client/control/control_connection.hpp"

#include "client/control/no_node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error made_otherwise() {
    return error(errc::connection_closed, "TLS was prepared anew since it was opened");
}

policy::refresh_schedule::parts changed_by(const event& happened) noexcept {
    policy::refresh_schedule::parts changed;
    changed.topology = std::holds_alternative<topology_change>(happened) ||
                       std::holds_alternative<status_change>(happened);
    changed.schema = std::holds_alternative<schema_change>(happened);
    return changed;
}

/// Control connections that are lost while it is read where tablets are: it may be why they are.
constexpr int most_vain_for_tablets = 3;

/// Asio leaves the executor in a slot, whose end, if it is a strand, touches its context. Nothing
/// is to be left there, also where that context goes with who awaits.
class emptied_slot {
  public:
    explicit emptied_slot(asio::cancellation_slot which) noexcept : which_(which) {}
    ~emptied_slot() { which_.clear(); }
    emptied_slot(const emptied_slot&) = delete;
    emptied_slot& operator=(const emptied_slot&) = delete;

  private:
    asio::cancellation_slot which_;
};

} // namespace

control_connection::control_connection(asio::any_io_executor executor, control_settings settings,
                                       io::surroundings surroundings, control_listener& listener)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      surroundings_(std::move(surroundings)),
      clock_(surroundings_.clock()),
      listener_(listener),
      chance_(static_cast<std::uint32_t>(surroundings_.seed())),
      timer_(clock_.make_timer(executor_)),
      opening_over_(executor_),
      life_over_(executor_) {}

control_connection::~control_connection() {
    leave_with([this] {
        opening_over_.let_go();
        life_over_.let_go();
        timer_.reset();
        executor_ = nullptr;
    });
}

std::shared_ptr<const void> control_connection::keep(member& whom) noexcept {
    return static_cast<control_connection&>(whom).weak_from_this().lock();
}

void control_connection::context_destroyed() noexcept {
    const auto openers = opening_over_.let_go();
    const auto closers = life_over_.let_go();
    node_ = connection();
    timer_.reset();
    executor_ = nullptr;
}

// --- opening and its end

void control_connection::go_with_context() {
    join(asio::query(executor_, asio::execution::context), &keep);
}

asio::awaitable<result<void>> control_connection::open() {
    if (settings_.contact_points.empty())
        co_return no_contact_point();
    go_with_context();
    begun_ = true;
    asio::co_spawn(
        executor_, live(shared_from_this()),
        [self = shared_from_this()](std::exception_ptr thrown) { self->ended(std::move(thrown)); });
    co_await opening_over_.wait([this] { stop(); });
    co_return *opened_;
}

asio::awaitable<void> control_connection::close() {
    if (!begun_)
        co_return;
    stop();
    co_await life_over_.wait();
}

void control_connection::say(const std::string& key, const std::string& text) {
    if (!settings_.options.startup_options().contains(key))
        settings_.options.startup_option(key, text);
}

void control_connection::stop() noexcept {
    stopping_ = true;
    if (const auto under_way = race_.lock())
        under_way->give_up();
    stop_reading_.emit(asio::cancellation_type::terminal);
    if (timer_)
        timer_->cancel();
    for (auto* const each : readers_)
        each->cancel();
}

error control_connection::stopped() {
    return error(errc::cancelled, "the control connection was told to stop");
}

void control_connection::opening_ended(result<void> outcome) {
    if (opened_)
        return;
    opened_ = std::move(outcome);
    if (*opened_)
        opening_over_.open();
}

void control_connection::ended(std::exception_ptr thrown) {
    opening_ended(stopped());
    opening_over_.open();
    life_over_.open();
    if (thrown)
        std::rethrow_exception(thrown);
}

void control_connection::wake() noexcept {
    woken_ = true;
    if (!node_ && timer_)
        timer_->cancel();
}

void control_connection::renew() noexcept {
    renewed_ = true;
    woken_ = true;
    if (const auto under_way = race_.lock())
        under_way->give_up();
    if (timer_)
        timer_->cancel();
}

// --- its life

asio::awaitable<void> control_connection::live(std::shared_ptr<control_connection> self) {
    co_await self->live();
}

asio::awaitable<void> control_connection::live() {
    while (!stopping_) {
        woken_ = false;
        // What has happened before is in what is read now.
        settings_.refreshes.clear(clock_.now());
        const auto why = co_await hold_one();
        if (stopping_)
            break;
        if (!known_.hosts && ++vain_ >= places_) {
            opening_ended(why);
            break;
        }
        if (known_.hosts) {
            listener_.control_lost(why);
            if (settings_.reads_tablets && ++vain_for_tablets_ == most_vain_for_tablets)
                tablets_not_found(why);
        }
        if (!was_short_)
            settings_.reconnection.reset();
        else if (known_.hosts)
            co_await pause();
    }
}

/// Finds a node and stays with it. Why there is none any more.
asio::awaitable<error> control_connection::hold_one() {
    was_short_ = true;
    renewed_ = false;
    auto found = co_await reach_some_node();
    if (!found) {
        vain_ = places_; // all were tried
        co_return found.error();
    }
    const auto since = clock_.now();
    auto& node = **found;
    if (renewed_) {
        co_await node.node.close();
        co_return made_otherwise();
    }
    node_ = node.node;
    lost_ = node.meant;
    // By one node only: a large schema is much to read.
    const auto reading = ++schema_readings_;
    auto schema = co_await schema_of(node);
    auto why = schema ? error() : schema.error();
    if (schema) {
        node.schema = std::move(*schema);
        take(node);
        schema_read(reading);
        opening_ended(result<void>());
        co_await find_tablets(node);
        why = co_await serve(node);
    }
    node_ = connection();
    co_await node.node.close();
    why = told_by_name(std::move(why), node.meant);
    // One that is lost as soon as it is there would be looked for without end.
    was_short_ = clock_.now() - since < std::chrono::seconds(1);
    co_return why;
}

asio::awaitable<result<system_tables::schema>> control_connection::schema_of(reached& node) {
    if (settings_.reads_schema)
        co_return co_await interruptible(node.tables.read_schema());
    system_tables::schema none;
    none.all = known_.schema ? known_.schema : std::make_shared<const metadata::schema_snapshot>();
    co_return none;
}

/// Awaits what stop() puts an end to.
template <class T>
asio::awaitable<result<T>> control_connection::interruptible(asio::awaitable<result<T>> work) {
    result<T> given = stopped();
    if (stopping_)
        co_return given;
    const emptied_slot after(stop_reading_.slot());
    try {
        given = co_await asio::co_spawn(
            executor_, std::move(work),
            asio::bind_cancellation_slot(stop_reading_.slot(), asio::use_awaitable));
    } catch (const boost::system::system_error&) {
        // What a coroutine that is cancelled between two waits throws.
    }
    co_return given;
}

/// Until it is time to try again, or there is a reason to.
asio::awaitable<void> control_connection::pause() {
    const auto until = base::after(
        clock_.now(), settings_.reconnection.next(static_cast<std::uint32_t>(chance_())));
    while (!stopping_ && !woken_ && clock_.now() < until)
        co_await timer_->wait_until(until);
}

result<void> control_connection::check(const reached& node) const {
    const auto& name = node.topology.hosts->cluster_name();
    if (settings_.cluster_name.empty() || name == settings_.cluster_name)
        return {};
    return error(errc::bad_configuration,
                 "the node's cluster is '" + name + "', and not '" + settings_.cluster_name + "'")
        .at(node.node.where().to_string());
}

void control_connection::take(reached& node) {
    settings_.cluster_name = node.topology.hosts->cluster_name();
    node_id_ = node.topology.self;
    known_.hosts = std::move(node.topology.hosts);
    known_.schema = std::move(node.schema.all);
    listener_.control_connected(node_.where());
    tell_of_login(node);
    warn_of_skipped("node", node.topology.skipped);
    warn_of_skipped("type", node.schema.skipped);
    listener_.metadata_read(known_);
}

/// It is no error: servers that know their clients by certificates ask for nothing else.
void control_connection::tell_of_login(const reached& node) {
    const auto how = node.node.authenticated();
    if (settings_.options.authentication() == nullptr || how == authenticated_by::login ||
        std::exchange(told_of_login_, true))
        return;
    listener_.warned(node.node.where().to_string() +
                     " asks for no login, though one is configured: " +
                     (how == authenticated_by::certificate
                          ? "the TLS certificate that it was shown is enough to it"
                          : "it lets in whoever comes"));
}

void control_connection::warn_of_skipped(const char* what,
                                         const std::vector<std::string>& skipped) {
    std::string all;
    for (const auto& each : skipped)
        all += (all.empty() ? "" : "; ") + each;
    if (!all.empty())
        listener_.warned(std::string("a ") + what + " of the system tables is left out: " + all);
}

// --- where tablets are

/// Where the node is lost meanwhile the next one is asked.
asio::awaitable<void> control_connection::find_tablets(reached& node) {
    if (!settings_.reads_tablets)
        co_return;
    const bool any = std::ranges::any_of(known_.schema->keyspaces,
                                         [](const auto& each) { return each.second.has_tablets; });
    if (!any) {
        tablets_over({});
        co_return;
    }
    auto found = co_await interruptible(node.tables.read_tablets());
    if (stopping_)
        co_return;
    if (!found) {
        if (node.node.state().open)
            tablets_not_found(found.error());
        co_return;
    }
    if (!found->left_out.empty())
        listener_.warned("some tables are left out of where tablets are: " + found->left_out);
    tablets_over(std::move(found->tables));
}

void control_connection::tablets_not_found(const error& why) {
    listener_.warned(std::string("where tablets are could not be read: ") + why.what());
    tablets_over({});
}

void control_connection::tablets_over(metadata::tablets_by_table found) {
    settings_.reads_tablets = false;
    listener_.tablets_found(std::move(found));
}

/// Until it is lost, and why; also where it can no more be read from.
asio::awaitable<error> control_connection::serve(reached& node) {
    while (!stopping_ && !renewed_ && !*node.ended) {
        const auto next = settings_.refreshes.next();
        if (clock_.now() < next) {
            co_await timer_->wait_until(next);
            continue;
        }
        const auto what = settings_.refreshes.begin(clock_.now());
        const auto read = co_await refresh(node, what);
        if (!read && !stopping_ && !*node.ended)
            co_return read.error();
    }
    if (*node.ended)
        co_return **node.ended;
    co_return renewed_ ? made_otherwise() : stopped();
}

asio::awaitable<result<void>> control_connection::refresh(reached& node,
                                                          policy::refresh_schedule::parts what) {
    auto next = known_;
    std::uint64_t reading = 0;
    if (what.topology) {
        auto topology = co_await interruptible(node.tables.read_topology());
        if (!topology)
            co_return topology.error();
        next.hosts = std::move(topology->hosts);
        warn_of_skipped("node", topology->skipped);
    }
    if (what.schema) {
        reading = ++schema_readings_;
        auto schema = co_await interruptible(node.tables.read_schema());
        if (!schema)
            co_return schema.error();
        next.schema = std::move(schema->all);
        warn_of_skipped("type", schema->skipped);
    }
    known_ = std::move(next);
    if (!stopping_)
        listener_.metadata_read(known_);
    schema_read(reading);
    co_return result<void>();
}

// --- who waits for a reading

class control_connection::reader {
  public:
    explicit reader(control_connection& whom)
        : whom_(whom), timer_(whom.clock_.make_timer(whom.executor_)) {
        whom_.readers_.push_back(timer_.get());
    }
    ~reader() { std::erase(whom_.readers_, timer_.get()); }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    io::timer& timer() const noexcept { return *timer_; }

  private:
    control_connection& whom_;
    std::unique_ptr<io::timer> timer_;
};

asio::awaitable<bool> control_connection::read_schema(base::time_point until) {
    if (!settings_.reads_schema)
        co_return false;
    const auto self = shared_from_this();
    const auto wanted = schema_readings_ + 1;
    policy::refresh_schedule::parts what;
    what.schema = true;
    settings_.refreshes.hurry(what, clock_.now());
    if (node_ && timer_)
        timer_->cancel();
    const reader mine(*this);
    while (!stopping_ && last_read_ < wanted && clock_.now() < until)
        co_await mine.timer().wait_until(until);
    co_return last_read_ >= wanted;
}

/// A reading that was not of the schema is 0.
void control_connection::schema_read(std::uint64_t reading) {
    if (reading == 0)
        return;
    last_read_ = reading;
    for (auto* const each : readers_)
        each->cancel();
}

// --- what is told meanwhile

void control_connection::event_received(const event& happened) {
    if (stopping_)
        return;
    ++events_heard_;
    want(changed_by(happened));
    if (const auto* const told = std::get_if<status_change>(&happened))
        listener_.status_told(*told);
}

void control_connection::want(policy::refresh_schedule::parts changed) {
    const auto before = settings_.refreshes.next();
    settings_.refreshes.want(changed, clock_.now());
    if (node_ && timer_ && settings_.refreshes.next() != before)
        timer_->cancel();
}

void control_connection::look_again() {
    if (stopping_)
        return;
    policy::refresh_schedule::parts addresses;
    addresses.topology = true;
    want(addresses);
}

void control_connection::watched_ended() noexcept {
    if (timer_)
        timer_->cancel();
}

} // namespace cocql::client
