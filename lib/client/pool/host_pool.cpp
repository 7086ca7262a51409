#include "client/pool/host_pool.hpp"

#include "client/connection/put_in_keyspace.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// Ports of this machine to be tried for one connection: others may have them.
constexpr std::uint32_t most_ports = 16;

bool is_port_taken(const error& why) {
    return why.system_code() == asio::error::address_in_use ||
           why.system_code() == boost::system::errc::address_not_available;
}

/// The first handshake of a node is a full one; while it is under way others would be, too.
policy::pool_fill::limits limits_of(const pool_settings& settings) {
    auto limits = settings.limits;
    limits.first_alone = settings.tls != nullptr;
    return limits;
}

/// Why it takes no more requests.
error end_of(const connection_state& now) {
    if (!now.draining)
        return now.last_error;
    return error(errc::connection_draining, "the connection takes no new requests");
}

} // namespace

host_pool::host_pool(asio::any_io_executor executor, const uuid& host, endpoint where,
                     pool_settings settings, io::surroundings surroundings, pool_listener& listener)
    : executor_(std::move(executor)),
      host_(host),
      where_(std::move(where)),
      settings_(std::move(settings)),
      surroundings_(std::move(surroundings)),
      clock_(surroundings_.clock()),
      listener_(listener),
      fill_(limits_of(settings_), settings_.rests),
      random_(static_cast<std::uint32_t>(surroundings_.seed())),
      timer_(clock_.make_timer(executor_)),
      life_over_(executor_) {
    if (!settings_.per_node)
        fill_.have_share(settings_.share);
    fill_.begin(1, false);
    serving_.resize(1);
}

host_pool::~host_pool() {
    leave_with([this] {
        life_over_.let_go();
        timer_.reset();
        executor_ = nullptr;
    });
}

std::shared_ptr<const void> host_pool::keep(member& whom) noexcept {
    return static_cast<host_pool&>(whom).weak_from_this().lock();
}

void host_pool::context_destroyed() noexcept {
    const auto closers = life_over_.let_go();
    timer_.reset();
    executor_ = nullptr;
}

// --- its life

void host_pool::begin() {
    join(asio::query(executor_, asio::execution::context), &keep);
    begun_ = true;
    asio::co_spawn(executor_, live(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr thrown) {
                       self->life_over_.open();
                       if (thrown)
                           std::rethrow_exception(thrown);
                   });
}

asio::awaitable<void> host_pool::live(std::shared_ptr<host_pool> self) {
    co_await self->live();
}

asio::awaitable<void> host_pool::live() {
    while (!stopping_) {
        if (leaving_) {
            if (draining_.empty())
                break;
            co_await timer_->wait_until(base::never);
            continue;
        }
        while (const auto step = fill_.next(clock_.now(), chance()))
            start(set_up(*step));
        const auto next = fill_.wakes_at(clock_.now());
        if (next != base::never) {
            shut_all(kept_); // the server may choose otherwise after a rest
            if (size_ > retired_.size())
                drain_retired(); // what there is has to do
        }
        if (next != base::never || fill_.is_full())
            tell_settled();
        co_await timer_->wait_until(next);
    }
    stopping_ = true;
    for (auto& each : serving_)
        shut_all(each);
    for (auto* const each : {&kept_, &retired_, &draining_})
        shut_all(*each);
    size_ = 0;
    while (!stops_.empty())
        co_await timer_->wait_until(base::never);
}

/// Hears of the end of what was begun; or, destroyed without, that it has gone with the context:
/// Asio has left the executor in its slot, whose end, if it is a strand, touches that.
class host_pool::ending {
  public:
    ending(std::shared_ptr<host_pool> whose, stop_signals::iterator stop) noexcept
        : whose_(std::move(whose)), stop_(stop) {}
    ending(ending&&) noexcept = default;
    ending& operator=(ending&&) = delete;
    ~ending() {
        if (whose_)
            (*stop_)->slot().clear();
    }
    void operator()(std::exception_ptr thrown) {
        const auto whose = std::move(whose_);
        whose->stops_.erase(stop_);
        whose->look_again();
        if (thrown && !whose->stopping_) // else it was cancelled
            std::rethrow_exception(thrown);
    }

  private:
    std::shared_ptr<host_pool> whose_;
    stop_signals::iterator stop_;
};

/// What is begun is awaited by live(), at the latest at its end.
void host_pool::start(asio::awaitable<void> work) {
    const auto stop = stops_.insert(stops_.end(), std::make_shared<asio::cancellation_signal>());
    asio::co_spawn(executor_, std::move(work),
                   asio::bind_cancellation_slot((*stop)->slot(), ending(shared_from_this(), stop)));
}

void host_pool::look_again() noexcept {
    if (timer_)
        timer_->cancel();
}

void host_pool::stop() noexcept {
    if (!begun_ || std::exchange(stopping_, true))
        return;
    cancel_set_ups();
    look_again();
}

void host_pool::drain() {
    if (!begun_ || stopping_ || std::exchange(leaving_, true))
        return;
    ++moves_; // what is being opened is not taken
    cancel_set_ups();
    retire_all();
    shut_all(kept_);
    drain_retired();
    look_again();
}

asio::awaitable<void> host_pool::close() {
    stop();
    if (begun_)
        co_await life_over_.wait();
}

/// What is being closed goes on.
void host_pool::cancel_set_ups() {
    // One that ends within takes its own out of the list, and may begin others.
    const std::vector<std::shared_ptr<asio::cancellation_signal>> all(stops_.begin(), stops_.end());
    for (const auto& each : all)
        each->emit(asio::cancellation_type::terminal);
}

void host_pool::wake() noexcept {
    fill_.wake();
    look_again();
}

bool host_pool::try_now() {
    if (!begun_ || stopping_ || leaving_ || size_ != 0)
        return false;
    settled_ = false;
    asked_after_ = last_number_;
    wake();
    return true;
}

// --- opening

asio::awaitable<void> host_pool::set_up(policy::pool_fill::step by) {
    const auto number = ++last_number_;
    const auto moves = moves_;
    auto opened = co_await open(by, number);
    if (opened)
        count_opened((*opened)->peer());
    // From here on nothing is awaited: this may have been cancelled meanwhile.
    if (stopping_ || moves != moves_) {
        fill_.forget(by); // it leads to where the node was, or is made as it was before
        if (opened)
            start(shut(std::move(*opened)));
        co_return;
    }
    // Its watcher may have spoken already.
    if (!opened || !(*opened)->takes_requests()) {
        counts_->connections_failed += opened ? 0U : 1U;
        last_failure_ = opened ? end_of((*opened)->state()) : opened.error();
        fill_.failed(by, clock_.now(), chance());
        if (number <= asked_after_)
            fill_.wake(); // it was begun before the reason that somebody knows of
        if (last_failure_->is(errc::wrong_host)) {
            ++counts_->wrong_host;
            listener_.another_met(host_);
        }
        co_return;
    }
    lane made{number, 0, std::move(*opened)};
    take(by, std::move(made));
}

asio::awaitable<result<host_pool::shared_connection>> host_pool::open(policy::pool_fill::step by,
                                                                      lane_number number) {
    auto options = settings_.options;
    options.watch([self = weak_from_this(), number](const connection_state& now) {
        if (const auto pool = self.lock())
            pool->watched(number, now);
    });
    auto where = where_;
    if (by.shard)
        where = endpoint(where_.host(), shard_port_);
    const auto first = chance();
    const auto moves = moves_;
    const auto sharding = sharding_; // another connection may say otherwise meanwhile
    if (settings_.way) {
        auto asking = settings_.way(host_, where);
        auto found = co_await std::move(asking);
        if (!found)
            co_return found.error();
        if (stopping_ || moves != moves_)
            co_return error(errc::cancelled, "the node is connected to no more");
        where = std::move(*found);
    }
    for (std::uint32_t i = 0;; ++i) {
        if (by.shard)
            options.local_port(sharding->source_port(*by.shard, first + i).value_or(0));
        auto connection =
            std::make_shared<implementation>(executor_, where, options, surroundings_);
        if (settings_.tls)
            connection->use(settings_.tls);
        connection->use(preparations_);
        if (settings_.wants_tablets)
            connection->want_tablets(settings_.tablet_version_keys);
        connection->be_of(host_);
        if (!settings_.ids_are_told)
            connection->be_of_any();
        connection->count_in(counts_);
        const auto vain = settings_.tls ? settings_.tls->failed_offers() : 0;
        const auto opened = co_await connection->open();
        if (opened)
            co_return std::move(connection);
        const bool again = !stopping_ && moves == moves_ && i + 1 < most_ports;
        const bool other_port = by.shard && is_port_taken(opened.error());
        // A server that breaks off the handshake of a session that it does not take: without one.
        const bool unresumed = settings_.tls && settings_.tls->failed_offers() != vain;
        if (!again || !(other_port || unresumed))
            co_return opened.error();
    }
}

void host_pool::count_opened(const peer_info& peer) noexcept {
    ++counts_->connections_opened;
    if (peer.tls)
        ++(peer.session_resumed ? counts_->handshakes_resumed : counts_->handshakes_full);
}

void host_pool::take(const policy::pool_fill::step& by, lane opened) {
    const auto offer = routing::shard_offer::in(opened.connection->supported());
    opened.shard = offer.shard;
    if (offer.how)
        opened.connection->be_of_shard(offer.shard);
    if (offer.how != sharding_)
        have_shards(offer);
    opened.beginning = fill_.beginning();
    const auto verdict = fill_.opened(by, in_fill(offer.shard), kept_.size(), clock_.now());
    if (verdict.rewritten)
        listener_.warned("a connection to the shard-aware port of " + where_.to_string() +
                         " led to another shard than was asked for: something on the way changes "
                         "ports; that port is not used for five minutes");
    switch (verdict.what) {
    case policy::pool_fill::use::serve:
        serving_[offer.shard].push_back(std::move(opened));
        if (++size_ == 1)
            listener_.host_reached(host_);
        break;
    case policy::pool_fill::use::keep:
        kept_.push_back(std::move(opened));
        if (size_ == 0) {
            have_stand_in();
            listener_.host_reached(host_);
        }
        break;
    case policy::pool_fill::use::close:
        start(shut(std::move(opened.connection)));
        break;
    }
    if (verdict.over) {
        shut_all(kept_);
        drain_retired();
    }
}

/// The node has other shards than was thought, as after a restart with another configuration. What
/// there is serves until others do.
void host_pool::have_shards(const routing::shard_offer& offer) {
    sharding_ = offer.how;
    const bool tls = settings_.options.tls_settings().has_value();
    // TLS only ever goes to the port that speaks it.
    shard_port_ = tls ? offer.tls_port : offer.port;
    retire_all();
    const auto shards = sharding_ ? sharding_->shards() : std::uint32_t{1};
    serving_.resize(shards);
    begin_fill();
}

void host_pool::begin_fill() {
    const auto shards = settings_.per_node ? 1 : static_cast<std::uint32_t>(serving_.size());
    const bool chooses = settings_.chooses_shards && !settings_.per_node;
    fill_.begin(shards, chooses && shard_port_ != 0);
}

void host_pool::retire(lanes& which) {
    std::move(which.begin(), which.end(), std::back_inserter(retired_));
    which.clear();
}

void host_pool::retire_all() {
    for (auto& each : serving_)
        retire(each);
}

/// Better one to a shard that is not to have any here than none at all.
void host_pool::have_stand_in() {
    retired_.push_back(std::move(kept_.back()));
    kept_.pop_back();
    ++size_;
}

void host_pool::have_share(const policy::share& which) {
    if (stopping_ || leaving_ || settings_.per_node)
        return;
    fill_.have_share(which);
    for (std::uint32_t shard = 0; shard < serving_.size(); ++shard)
        if (!fill_.wants(shard))
            retire(serving_[shard]);
    take_back(retired_);
    size_ += take_back(kept_);
    if (fill_.is_full()) {
        shut_all(kept_);
        drain_retired();
    }
    look_again();
}

/// Those that are as they would be made now, and to shards that lack one. How many.
std::size_t host_pool::take_back(lanes& from) {
    const auto before = from.size();
    for (auto& each : std::exchange(from, {})) {
        const bool serves = each.beginning == fill_.beginning() && fill_.serve(each.shard);
        auto& to = serves ? serving_[each.shard] : from;
        to.push_back(std::move(each));
    }
    return before - from.size();
}

/// What is in flight on them is answered, and then they end by themselves.
void host_pool::drain_retired() {
    size_ -= retired_.size();
    for (auto& each : std::exchange(retired_, {})) {
        draining_.push_back(each);
        each.connection->drain();
    }
}

void host_pool::move_to(endpoint where) {
    if (where == where_)
        return;
    where_ = std::move(where);
    replace_all();
}

void host_pool::renew() {
    replace_all();
}

void host_pool::replace_all() {
    ++moves_;
    cancel_set_ups();
    retire_all();
    shut_all(kept_);
    begin_fill();
    wake();
}

// --- the keyspace

std::size_t host_pool::use_keyspace(const std::string& name, const implementation* but_for,
                                    base::time_point until) {
    settings_.options.keyspace(name);
    ++moves_; // what is being opened is in another one, and not taken
    if (!begun_ || stopping_ || leaving_)
        return 0;
    // First of all they are found: one that is asked may end at once.
    std::vector<shared_connection> asked;
    const auto add = [&](const lanes& which) {
        for (const auto& each : which)
            if (each.connection.get() != but_for && each.connection->takes_requests())
                asked.push_back(each.connection);
    };
    for (const auto& each : serving_)
        add(each);
    add(retired_);
    add(kept_);
    for (const auto& each : asked)
        start(put_in_keyspace(each, until));
    return asked.size();
}

/// It is no matter of those that are being opened, with which it could be cancelled: it ends by its
/// time, or with its connection.
asio::awaitable<void> host_pool::put_in_keyspace(shared_connection connection,
                                                 base::time_point until) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto asking = client::put_in_keyspace(connection, settings_.options.keyspace(), until);
    const auto answer = co_await std::move(asking);
    if (!answer)
        connection->drain(); // its watcher tells
    listener_.keyspace_answered(host_);
}

// --- ending

asio::awaitable<void> host_pool::shut(shared_connection connection) {
    co_await connection->close();
}

void host_pool::shut_all(lanes& which) {
    for (auto& each : std::exchange(which, {}))
        start(shut(std::move(each.connection)));
}

/// It takes no more requests, and is what is given back; null where it is not among them. One that
/// drains ends by itself, when it has been answered.
host_pool::shared_connection host_pool::take_out(lanes& from, lane_number number,
                                                 const connection_state& now) {
    const auto found = std::ranges::find(from, number, &lane::number);
    if (found == from.end())
        return nullptr;
    auto gone = found->connection;
    if (now.draining)
        draining_.push_back(std::move(*found));
    from.erase(found);
    return gone;
}

void host_pool::watched(lane_number number, const connection_state& now) {
    for (std::uint32_t shard = 0; shard < serving_.size(); ++shard)
        if (const auto gone = take_out(serving_[shard], number, now)) {
            if (gone->leaves())
                fill_.left(in_fill(shard), clock_.now(), chance());
            else
                fill_.lost(in_fill(shard));
            look_again();
            return lost_one(now);
        }
    if (take_out(retired_, number, now))
        return lost_one(now);
    if (take_out(kept_, number, now))
        return;
    const auto found = std::ranges::find(draining_, number, &lane::number);
    if (found == draining_.end() || now.draining)
        return;
    start(shut(std::move(found->connection))); // which is closing already
    draining_.erase(found);
}

void host_pool::lost_one(const connection_state& now) {
    last_failure_ = end_of(now).at(where_.to_string());
    if (--size_ != 0)
        return;
    if (!kept_.empty())
        have_stand_in();
    else
        listener_.host_lost(host_, *last_failure_);
}

void host_pool::tell_settled() {
    if (!std::exchange(settled_, true) && !stopping_)
        listener_.host_settled(host_);
}

} // namespace cocql::client
