#include "client/connection/implementation.hpp"

#include "client/connection/throw_from.hpp"

#include <cocql/version.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace cocql::client {

namespace asio = boost::asio;

implementation::implementation(asio::any_io_executor executor, endpoint where,
                               connection_options options, io::surroundings surroundings)
    : home_(std::move(executor), this),
      where_(std::move(where)),
      opening_(std::make_unique<opening>(std::move(options))),
      request_timeout_(opening_->options.request_timeout()),
      event_handler_(opening_->options.event_handler()),
      watcher_(opening_->options.watcher()),
      write_buffer_high_(opening_->options.write_buffer_high()),
      hears_of_its_end_(
          std::ranges::find(opening_->options.event_types(), event_type::graceful_disconnect) !=
          opening_->options.event_types().end()),
      surroundings_(std::move(surroundings)),
      clock_(surroundings_.clock()),
      version_(opening_->options.version().value_or(protocol_version::v4)),
      raise_version_(!opening_->options.version()),
      budget_(clock_.now(), opening_->options.connect_timeout()),
      opening_over_(home_.executor()),
      life_over_(home_.executor()) {}

implementation::~implementation() {
    leave_with([this] {
        opening_over_.let_go();
        life_over_.let_go();
        put_transport_away();
    });
    home_.leave();
}

// --- opening

result<void> implementation::check_options() const {
    const auto& options = opening_->options;
    if (options.compression() == compression::snappy && version_ >= protocol_version::v5)
        return error(errc::bad_configuration, "protocol version 5 has no compression by snappy")
            .with_advice("ask for lz4, or for protocol version 4");
    if (options.startup_options().contains("COMPRESSION"))
        return error(errc::bad_configuration, "COMPRESSION cannot be given as a startup option")
            .with_advice("use connection_options::compression()");
    if (options.heartbeat_interval() && options.heartbeat_timeout() <= base::duration::zero())
        return error(errc::bad_configuration, "a heartbeat cannot be answered in no time")
            .with_advice("give it a longer time-out, or no interval for no heartbeat");
    if (options.max_in_flight() == 0)
        return error(errc::bad_configuration, "no request may ever be in flight")
            .with_advice("give connection_options::max_in_flight() at least 1");
    if (where_.is_unix_socket() && options.tls_settings())
        return error(errc::bad_configuration, "TLS is not spoken at a UNIX socket")
            .with_advice("leave TLS out of the options");
    return {};
}

asio::awaitable<result<void>> implementation::open() {
    if (auto checked = check_options(); !checked)
        co_return checked.error().at(where_.to_string());
    const auto& options = opening_->options;
    if (options.connect_timeout() && *options.connect_timeout() <= base::duration::zero())
        co_return described(budget_.phases().timed_out(clock_.now()));
    if (options.tls_settings()) {
        auto prepared = io::tls_client_settings::prepare(*options.tls_settings(), where_.host(),
                                                         opening_->tickets);
        if (!prepared)
            co_return prepared.error().at(where_.to_string());
        opening_->tls = std::move(*prepared);
    }
    join(asio::query(executor(), asio::execution::context), &keep);
    begun_ = true;
    asio::co_spawn(executor(), live(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr thrown) { self->ended(thrown); });
    // Who cancels it when it has succeeded, and is on its way back, does so too late.
    co_await opening_over_.wait([this] {
        if (!opening_over_.is_open())
            cancel_opening();
    });
    co_return *opened_;
}

/// One coroutine, and little in it: each connection at rest keeps its frame.
asio::awaitable<void> implementation::live(std::shared_ptr<implementation> self) {
    do {
        auto stream = co_await self->make_stream();
        if (!stream) {
            self->opening_ended(stream.error());
            co_return;
        }
        self->make_transport(std::move(*stream));
        co_await self->transport_->run();
    } while (self->is_to_try_again());
}

void implementation::make_transport(std::unique_ptr<io::byte_stream> stream) {
    peer_ = stream->peer();
    put_transport_away();
    protocol_ = std::make_unique<protocol::cql_protocol>(settings(), budget_.phases(), *this);
    transport_ = std::make_unique<io::stream_transport>(std::move(stream), *protocol_, clock_,
                                                        turn_of_transport());
}

/// With a lower version, which is then the next one.
bool implementation::is_to_try_again() {
    if (!next_version_)
        return false;
    if (stop_.why()) {
        opening_ended(*stop_.why());
        return false;
    }
    version_ = *std::exchange(next_version_, std::nullopt);
    raise_version_ = false;
    return true;
}

asio::awaitable<result<std::unique_ptr<io::byte_stream>>> implementation::make_stream() {
    io::connector_settings how;
    how.local_port = opening_->options.local_port();
    const auto& tls = opening_->tls;
    return surroundings_.network().connect(where_, tls ? &*tls : nullptr, clock_, budget_, stop_,
                                           std::move(how));
}

protocol::protocol_settings implementation::settings() const {
    const auto& options = opening_->options;
    protocol::protocol_settings settings;
    settings.version = version_;
    settings.raise_version = raise_version_;
    settings.compression = options.compression();
    settings.startup_options = options.startup_options();
    settings.startup_options.emplace("DRIVER_NAME", "cocql");
    settings.startup_options.emplace("DRIVER_VERSION", cocql::version);
    settings.authentication = options.authentication();
    if (options.throw_on_overload())
        settings.startup_options.emplace("THROW_ON_OVERLOAD", "1");
    settings.event_types = options.event_types();
    settings.graceful_disconnect = options.graceful_disconnect();
    if (host_ != uuid() && checks_host_)
        settings.host = host_;
    settings.keyspace = options.keyspace();
    settings.wants_tablets = wants_tablets_;
    settings.tablet_version_keys = opening_->tablet_version_keys;
    settings.startup_deadline = budget_.deadline();
    settings.heartbeat_interval = options.heartbeat_interval();
    settings.heartbeat_timeout = options.heartbeat_timeout();
    settings.max_in_flight = options.max_in_flight();
    settings.orphan_count_limit = options.orphan_count_limit();
    settings.orphan_age_limit = options.orphan_age_limit();
    settings.write_buffer_high = options.write_buffer_high();
    settings.write_buffer_low = options.write_buffer_low();
    settings.max_frame_size = options.max_frame_size();
    settings.max_request_size = options.max_request_size();
    settings.endpoint = where_.to_string();
    return settings;
}

error implementation::described(error failure) const {
    const auto& phases = budget_.phases();
    if (failure.times().empty())
        failure.in(failure.phase().value_or(phases.current()), phases.times(clock_.now()));
    if (failure.endpoint().empty())
        failure.at(where_.to_string());
    return failure;
}

void implementation::opening_ended(result<void> outcome) {
    if (opened_)
        return;
    if (!outcome) {
        times_ = budget_.phases().times(clock_.now());
        opened_ = described(outcome.error());
        set_last_error(opened_->error());
        return; // told when everything is put away
    }
    times_ = budget_.phases().take_times(clock_.now());
    agreed_ = protocol_->agreed();
    version_ = protocol_->version();
    authenticated_ = agreed_.logged_in         ? authenticated_by::login
                     : peer_.certificate_shown ? authenticated_by::certificate
                                               : authenticated_by::nothing;
    {
        const std::lock_guard lock(mutex_);
        pushing_allowed_ = true;
    }
    opened_ = result<void>();
    opening_.reset();
    opening_over_.open();
}

void implementation::startup_finished(result<void> outcome) {
    if (!outcome && outcome.error().is(errc::unsupported_protocol_version) &&
        !opening_->options.version_fixed() && protocol_->version() > protocol_version::v3) {
        next_version_ = lower_version();
        return;
    }
    if (outcome && preparations_ != nullptr)
        member_number_ = preparations_->join(shared_from_this());
    opening_ended(std::move(outcome));
    if (leaves_)
        protocol_->drain(clock_.now());
}

/// The server's frame may tell what it speaks: then none between is tried.
protocol_version implementation::lower_version() const noexcept {
    const auto refused = static_cast<std::uint8_t>(protocol_->version());
    const auto offered = protocol_->refused_by_version();
    if (offered >= static_cast<std::uint8_t>(protocol_version::v3) && offered < refused)
        return static_cast<protocol_version>(offered);
    return static_cast<protocol_version>(refused - 1);
}

void implementation::cancel_opening() {
    const error why(errc::cancelled, "opening was cancelled");
    stop_.interrupt(why);
    if (protocol_)
        protocol_->defunct(why);
}

// --- the end

void implementation::ending_begun(const error& why) {
    leave_preparations();
    // Not the end of opening: a refused version is tried again.
    if (!opened_)
        return;
    set_last_error(why);
    if (*opened_)
        tell_watcher();
}

preparations& implementation::preparing_again() {
    if (preparations_ == nullptr) {
        preparations_ = std::make_shared<preparations>();
        member_number_ = preparations_->join(shared_from_this());
    }
    return *preparations_;
}

void implementation::leave_preparations() noexcept {
    if (preparations_ != nullptr)
        preparations_->leave(member_number_);
}

/// From the queue: we are in the middle of it.
void implementation::tell_watcher() {
    if (!watcher_)
        return;
    asio::post(executor(), [self = shared_from_this(), now = state()] { self->watcher_(now); });
}

void implementation::connection_ended(std::optional<error> cause) {
    if (next_version_)
        return; // not this connection's last word
    set_last_error(
        cause ? *cause
              : error(errc::connection_closed, "the connection was closed").at(where_.to_string()));
}

void implementation::set_last_error(error cause) {
    const std::lock_guard lock(mutex_);
    pushing_allowed_ = false;
    if (!last_error_)
        last_error_ = std::move(cause);
}

void implementation::ended(std::exception_ptr thrown) {
    if (!opened_)
        opening_ended(error(errc::connection_lost, "opening ended by an exception"));
    set_last_error(
        error(errc::connection_closed, "the connection was closed").at(where_.to_string()));
    // Whoever holds this last may be on another thread, where its descriptor and timer cannot be
    // put away.
    put_transport_away();
    opening_over_.open();
    life_over_.open();
    if (thrown)
        std::rethrow_exception(thrown);
}

void implementation::begin_close() {
    stop_.interrupt(error(errc::connection_closed, "the connection was closed"));
    set_last_error(
        error(errc::connection_closed, "the connection was closed").at(where_.to_string()));
    if (protocol_)
        protocol_->close(clock_.now());
}

asio::awaitable<void> implementation::close() {
    if (!begun_)
        co_return;
    begin_close();
    co_await life_over_.wait();
}

void implementation::drain() noexcept {
    if (protocol_)
        protocol_->drain(clock_.now());
}

void implementation::abandon() noexcept {
    static_cast<void>(home_.post([self = shared_from_this()] {
        if (self->begun_ && !self->life_over_.is_open())
            self->begin_close();
    }));
}

void implementation::context_destroyed() noexcept {
    leave_preparations();
    if (protocol_)
        protocol_->forget_everything();
    const auto openers = opening_over_.let_go();
    const auto closers = life_over_.let_go();
    // A handle may outlive the io_context, but neither may the descriptor nor the timer, nor may
    // anything be posted there.
    put_transport_away();
    const std::lock_guard lock(mutex_);
    pushing_allowed_ = false;
}

void implementation::put_transport_away() noexcept {
    std::unique_ptr<io::stream_transport> gone;
    const std::lock_guard lock(mutex_);
    gone = std::move(transport_);
}

// --- requests from elsewhere, of which those of one turn are written together

bool implementation::arriving() noexcept {
    return transport_ && transport_->begin_turn();
}

void implementation::all_have_arrived(bool turn_begun) {
    if (!turn_begun)
        return;
    if (transport_)
        transport_->end_turn();
    else // it has gone meanwhile, and its turn is to end all the same
        turn_of_transport().end();
}

// --- events, and frames that are pushed

void implementation::event_received(const event& happened) {
    if (std::holds_alternative<graceful_disconnect>(happened)) {
        leaves_ = true;
        protocol_->drain(clock_.now());
        if (!hears_of_its_end_)
            return; // it was asked for by us
    }
    if (!event_handler_)
        return;
    try {
        event_handler_(happened);
    } catch (...) {
        throw_from(executor(), std::current_exception());
    }
}

result<void> implementation::push(std::span<const std::byte> frame) {
    const std::lock_guard lock(mutex_);
    if (!pushing_allowed_)
        return last_error_ ? *last_error_
                           : error(errc::connection_closed, "the connection is not open")
                                 .at(where_.to_string());
    if (pushing_paused_ || pushed_.size() > write_buffer_high_)
        return error(errc::connection_busy, "the write buffer is over its high-water mark")
            .at(where_.to_string());
    pushed_.append(frame);
    if (!std::exchange(drain_posted_, true))
        asio::post(executor(), [self = shared_from_this()] { self->drain_pushed(); });
    return {};
}

void implementation::pause_pushing(bool paused) {
    const std::lock_guard lock(mutex_);
    pushing_paused_ = paused;
}

void implementation::drain_pushed() {
    base::buffer frames;
    {
        const std::lock_guard lock(mutex_);
        drain_posted_ = false;
        std::swap(frames, pushed_);
    }
    if (!transport_ || protocol_->is_over())
        return;
    protocol_->write_ready(frames.view());
}

connection_state implementation::state() const {
    connection_state now;
    if (protocol_) {
        now.open = protocol_->is_ready();
        now.draining = protocol_->is_draining();
        now.in_flight = protocol_->in_flight();
        now.orphans = protocol_->orphans();
        now.waiting = protocol_->waiting();
    }
    const std::lock_guard lock(mutex_);
    if (transport_)
        now.write_buffer_size = home_.is_running_here() ? transport_->write_buffer_size()
                                                        : transport_->visible_write_buffer_size();
    if (last_error_)
        now.last_error = *last_error_;
    return now;
}

} // namespace cocql::client
