#include "testing/node_server.hpp"

#include "core/message/event.hpp"
#include "core/wire/notation.hpp"
#include "io/stream/tcp_stream.hpp"
#include "testing/as_tuple.hpp"
#include "testing/memory_listener.hpp"
#include "testing/socket_listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cocql::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Where a stream comes from; 0 where that is no network.
std::uint16_t client_port_of(const io::byte_stream& stream) {
    const auto from = endpoint::parse(stream.peer().address);
    return from ? from->port() : std::uint16_t{0};
}

/// Keeps a function by which stop() ends a connection, for as long as the connection lives; or one
/// by which resume() wakes who waits.
class closer {
  public:
    closer(std::set<std::function<void()>*>& all, std::function<void()> close)
        : all_(all), close_(std::move(close)) {
        all_.insert(&close_);
    }
    ~closer() { all_.erase(&close_); }
    closer(const closer&) = delete;
    closer& operator=(const closer&) = delete;

  private:
    std::set<std::function<void()>*>& all_;
    std::function<void()> close_;
};

/// To what happens to others than the connection itself.
bool listens_to_cluster(const node_session& client) {
    const auto& told = client.client();
    return told && std::ranges::any_of(told->events, [](const auto& each) {
               return each != message::event_name(event_type::graceful_disconnect);
           });
}

io::tls_context::server_settings server_settings(const node_tls& tls) {
    io::tls_context::server_settings settings;
    settings.certificate_file = tls.certificate_file;
    settings.key_file = tls.key_file;
    settings.client_ca_file = tls.client_ca_file;
    settings.client_certificate_required = tls.client_certificate_required;
    using refusal = io::tls_context::server_settings::refusal;
    settings.refuses_by = tls.refuses_by == certificate_refusal::without_a_word ? refusal::later
                          : tls.refuses_by == certificate_refusal::internal_error
                              ? refusal::internal_error
                              : refusal::fitting_alert;
    settings.minimum = tls.minimum;
    settings.maximum = tls.maximum;
    settings.tickets = tls.tickets_with_answer ? 0 : tls.tickets;
    settings.ticket_key = tls.ticket_key;
    return settings;
}

} // namespace

node_server::node_server(asio::io_context& context, node_options options,
                         std::shared_ptr<io::clock> clock)
    : context_(context),
      options_(std::move(options)),
      clock_(std::move(clock)),
      prepared_(options_.prepared_statements != nullptr
                    ? options_.prepared_statements
                    : std::make_shared<std::map<std::string, std::string>>()) {
    if (options_.tls) {
        auto made = io::tls_context::for_server(server_settings(*options_.tls));
        if (!made)
            throw made.error();
        tls_ = std::move(*made);
    }
}

std::shared_ptr<node_server> node_server::listening(asio::io_context& context,
                                                    node_options options) {
    const std::shared_ptr<io::clock> real(std::shared_ptr<void>(), &io::steady_clock());
    const std::shared_ptr<node_server> made(new node_server(context, std::move(options), real));
    auto listener =
        std::make_unique<socket_listener>(context, made->options_.address, made->options_.port);
    auto& sockets = *listener;
    made->listener_ = std::move(listener);
    made->start(sockets.accept([self = made.get()](tcp::socket socket) { // whom start() keeps
        self->take(std::move(socket));
    }));
    return made;
}

std::shared_ptr<node_server> node_server::listening(asio::io_context& context, node_options options,
                                                    std::shared_ptr<memory_network> network,
                                                    std::shared_ptr<io::clock> clock) {
    const std::shared_ptr<node_server> made(
        new node_server(context, std::move(options), std::move(clock)));
    made->listener_ = std::make_unique<memory_listener>(
        std::move(network), made->options_.address, made->options_.port, context.get_executor(),
        [known = std::weak_ptr(made)](std::unique_ptr<io::byte_stream> stream) {
            if (const auto self = known.lock())
                self->take(std::move(stream));
        });
    return made;
}

void node_server::stop() {
    stopped_ = true;
    listener_->close();
    for (auto* close : closers_)
        (*close)();
}

void node_server::start(asio::awaitable<void> task) {
    asio::co_spawn(context_, keeping(shared_from_this(), std::move(task)),
                   [](std::exception_ptr thrown) {
                       if (thrown)
                           std::rethrow_exception(thrown); // out of the test's run()
                   });
}

asio::awaitable<void> node_server::keeping(std::shared_ptr<node_server> self,
                                           asio::awaitable<void> task) {
    static_cast<void>(self);
    co_await std::move(task);
}

std::size_t node_server::count(opcode message) const {
    const auto found = counts_.find(message);
    return found == counts_.end() ? 0 : found->second;
}

void node_server::take(tcp::socket socket) {
    if (stopped_)
        return;
    ++accepted_;
    start(serve(std::move(socket)));
}

void node_server::take(std::unique_ptr<io::byte_stream> stream) {
    ++accepted_;
    start(serve(std::shared_ptr<io::byte_stream>(std::move(stream))));
}

asio::awaitable<void> node_server::serve(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (options_.fault_after && options_.fault == node_fault::reset)
        socket.set_option(asio::socket_base::linger(true, 0), ignored); // closing resets
    if (tls_ && options_.silent != silence::at_accept &&
        options_.silent != silence::in_server_hello)
        return serve_by_tls(std::move(socket));
    return serve(std::make_shared<io::tcp_stream>(std::move(socket)));
}

asio::awaitable<void> node_server::serve(std::shared_ptr<io::byte_stream> stream) {
    if (paused_)
        co_await hold_while_paused();
    if (stopped_)
        co_return;
    const closer guard(closers_, [&] { stream->close(); });
    if (options_.silent == silence::at_accept || options_.silent == silence::in_server_hello)
        co_await say_nothing(*stream);
    else
        co_await converse(stream, nullptr);
}

asio::awaitable<void> node_server::say_nothing(io::byte_stream& stream) {
    if (options_.silent == silence::in_server_hello) {
        // The head of a record that announces 122 bytes of ServerHello, and the first three of
        // them.
        static constexpr std::array<unsigned char, 8> half{0x16, 0x03, 0x03, 0x00,
                                                           0x7a, 0x02, 0x00, 0x00};
        static_cast<void>(co_await stream.write(std::as_bytes(std::span(half))));
    }
    std::vector<std::byte> ignored(4096);
    for (;;) {
        const auto count = co_await stream.read_some(ignored);
        if (!count || *count == 0)
            co_return;
    }
}

asio::awaitable<void> node_server::serve_by_tls(tcp::socket socket) {
    if (paused_)
        co_await hold_while_paused();
    if (stopped_)
        co_return;
    auto made = io::tls_stream::server(std::move(socket), *tls_);
    const std::shared_ptr<io::tls_stream> stream = std::move(made.value());
    const closer guard(closers_, [&] { stream->close(); });
    auto shaken = co_await stream->handshake();
    if (stopped_)
        co_return;
    if (!shaken) {
        endings_.push_back(std::string("handshake: ") + shaken.error().what());
        stream->close();
        co_return;
    }
    if (!stream->accepts_peer()) {
        stream->close();
        co_return;
    }
    client_subjects_.push_back(stream->peer().certificate_subject);
    if (stream->peer().session_resumed)
        ++resumed_;
    if (options_.drops_without_certificate && stream->peer().certificate_subject.empty()) {
        stream->close();
        co_return;
    }
    co_await converse(stream, stream.get());
}

/// One connection, once it speaks CQL; shared with the answers that are to be sent later.
class node_server::conversation {
  public:
    conversation(std::shared_ptr<io::byte_stream> stream, node_server& server)
        : stream(std::move(stream)),
          session(server.options_, client_port_of(*this->stream), server.prepared_.get()),
          turns_(this->stream->get_executor(), asio::steady_timer::time_point::max()) {}

    /// One writes at a time; the others wait, and have their turns in the order of their coming.
    asio::awaitable<void> take_turn() {
        if (!writing_) {
            writing_ = true;
            co_return;
        }
        ++waiting_;
        auto [woken] = co_await turns_.async_wait(as_tuple);
        static_cast<void>(woken);
    }
    /// Hands it on: to wake all of them each time makes a thousand a storm.
    void end_turn() {
        if (waiting_ == 0) {
            writing_ = false;
            return;
        }
        --waiting_;
        turns_.cancel_one();
    }

    const std::shared_ptr<io::byte_stream> stream;
    node_session session;
    std::size_t sent = 0;
    bool over = false;
    std::optional<std::size_t> client; ///< among the node's

  private:
    bool writing_ = false;
    std::size_t waiting_ = 0;
    asio::steady_timer turns_;
};

asio::awaitable<void> node_server::converse(std::shared_ptr<io::byte_stream> shared,
                                            io::tls_stream* tls) {
    const auto with = std::make_shared<conversation>(shared, *this);
    std::erase_if(conversations_, [](const auto& each) { return each.expired(); });
    conversations_.push_back(with);
    auto& stream = *shared;
    auto& session = with->session;
    std::vector<std::byte> buffer(32 * 1024);
    std::map<opcode, std::size_t> counted;
    for (;;) {
        auto count = co_await stream.read_some(buffer);
        if (paused_) {
            co_await hold_while_paused();
            if (stopped_)
                break;
        }
        if (!count) {
            endings_.push_back(std::string("read: ") + count.error().what());
            break;
        }
        if (*count == 0) {
            endings_.push_back("end");
            if (options_.mute_close_notify) {
                co_await hold_until_stop();
            } else {
                co_await with->take_turn();
                co_await stream.shutdown();
                with->end_turn();
            }
            break;
        }
        // What has come all the same would ask functions of a test that may be over.
        if (stopped_)
            break;
        const auto before = session.statements().size();
        auto answer = session.feed(std::span(buffer).first(*count));
        statements_.insert(statements_.end(),
                           session.statements().begin() + static_cast<std::ptrdiff_t>(before),
                           session.statements().end());
        look_at_client(*with);
        for (const auto& [message, total] : session.counts())
            counts_[message] += total - std::exchange(counted[message], total);
        if (tls != nullptr && options_.tls->tickets_with_answer && with->sent == 0)
            for (unsigned i = 0; i < options_.tls->tickets; ++i)
                tls->send_ticket();
        if (tls != nullptr && options_.restless_tls && !answer.empty())
            be_restless(*tls);
        for (auto& delayed : session.take_delayed())
            start(answer_later(with, std::move(delayed)));
        const bool going_on = co_await send(with, std::move(answer));
        if (!going_on)
            break;
        if (session.wants_close()) {
            with->over = true; // for those who would answer later
            co_await with->take_turn();
            co_await stream.shutdown();
            with->end_turn();
            break;
        }
        if (options_.deaf_after_startup && session.is_logged_in()) {
            co_await hold_until_stop();
            break;
        }
    }
    with->over = true;
    stream.close();
}

asio::awaitable<void> node_server::answer_later(std::shared_ptr<conversation> with,
                                                delayed_answer answer) {
    co_await pass(answer.delay);
    if (stopped_ || with->over)
        co_return;
    auto frame = with->session.frame(answer.stream, answer.reply);
    const bool going_on = co_await send(with, std::move(frame));
    if (!going_on)
        with->stream->close();
}

void node_server::look_at_client(conversation& with) {
    const auto& told = with.session.client();
    if (!told)
        return;
    if (!with.client) {
        with.client = clients_.size();
        clients_.emplace_back();
    }
    auto& known = clients_[*with.client];
    if (known.options.empty() || known.events.size() != told->events.size())
        known = *told;
}

void node_server::drop_connections() {
    for (const auto& each : conversations_)
        if (const auto with = each.lock())
            with->stream->close();
}

void node_server::resume() {
    paused_ = false;
    for (auto* wake : wakers_)
        (*wake)();
}

std::vector<std::uint32_t> node_server::shards_of_connections() const {
    std::vector<std::uint32_t> shards;
    for (const auto& each : conversations_)
        if (const auto with = each.lock(); with && !with->over && with->session.is_logged_in() &&
                                           !listens_to_cluster(with->session))
            shards.push_back(with->session.shard());
    return shards;
}

void node_server::tell(const event& happened) {
    base::buffer body;
    base::byte_writer out(body);
    message::encode_event(out, happened);
    base::byte_reader in(body.view());
    const std::string type(wire::read_string(in));
    const auto bytes = body.view();
    const node_reply reply(opcode::event, std::vector<std::byte>(bytes.begin(), bytes.end()));
    for (const auto& each : conversations_)
        if (auto with = each.lock(); with && with->session.listens_to(type))
            start(tell(std::move(with), reply));
}

asio::awaitable<void> node_server::tell(std::shared_ptr<conversation> with, node_reply event) {
    if (stopped_ || with->over)
        co_return;
    auto frame = with->session.frame(-1, event);
    const bool going_on = co_await send(with, std::move(frame));
    if (!going_on)
        with->stream->close();
}

asio::awaitable<bool> node_server::send(std::shared_ptr<conversation> with,
                                        std::vector<std::byte> bytes) {
    if (bytes.empty())
        co_return true;
    co_await with->take_turn();
    // With the turn, so that what waits goes out in the order of its coming.
    if (paused_)
        co_await hold_while_paused();
    bool going_on = false;
    if (!stopped_)
        going_on = co_await send_in_turn(*with, bytes);
    with->end_turn();
    co_return going_on;
}

asio::awaitable<bool> node_server::send_in_turn(conversation& with,
                                                std::span<const std::byte> bytes) {
    auto& stream = *with.stream;
    auto& sent = with.sent;
    while (!bytes.empty()) {
        auto part = options_.drip == 0 ? bytes.size() : std::min(options_.drip, bytes.size());
        if (options_.fault_after) {
            part = std::min(part, *options_.fault_after - std::min(sent, *options_.fault_after));
            if (part == 0) {
                co_await suffer(stream);
                co_return false;
            }
        }
        auto written = co_await stream.write(bytes.first(part));
        if (!written)
            co_return false;
        sent += part;
        bytes = bytes.subspan(part);
        if (options_.drip_pause.count() != 0) {
            co_await pass(options_.drip_pause);
            if (stopped_)
                co_return false;
        }
    }
    co_return true;
}

/// So much time, or until stop().
asio::awaitable<void> node_server::pass(base::duration time) {
    const auto timer = clock_->make_timer(context_.get_executor());
    const closer release(closers_, [&] { timer->cancel(); });
    co_await timer->wait_until(base::after(clock_->now(), time));
}

asio::awaitable<void> node_server::hold_until_stop() {
    asio::steady_timer hold(context_, asio::steady_timer::time_point::max());
    const closer release(closers_, [&] { hold.cancel(); });
    auto [stopped] = co_await hold.async_wait(as_tuple);
    static_cast<void>(stopped);
}

asio::awaitable<void> node_server::hold_while_paused() {
    asio::steady_timer hold(context_, asio::steady_timer::time_point::max());
    const closer release(closers_, [&] { hold.cancel(); });
    const closer wake(wakers_, [&] { hold.cancel(); });
    while (paused_ && !stopped_) {
        auto [woken] = co_await hold.async_wait(as_tuple);
        static_cast<void>(woken);
    }
}

asio::awaitable<void> node_server::suffer(io::byte_stream& stream) {
    if (options_.fault == node_fault::goodbye)
        co_await stream.shutdown();
    if (options_.fault == node_fault::reset)
        if (auto* const pipe = dynamic_cast<memory_pipe*>(&stream))
            pipe->reset(); // a socket does that when it is closed
    std::vector<std::byte> ignored(4096);
    while (options_.fault == node_fault::silence) {
        auto count = co_await stream.read_some(ignored);
        if (!count || *count == 0)
            break;
    }
}

void node_server::be_restless(io::tls_stream& tls) {
    // In turns: a ticket never goes out in the same write as a key update.
    if (key_updates_ <= tickets_ && tls.request_key_update())
        ++key_updates_;
    else if (tls.send_ticket())
        ++tickets_;
}

} // namespace cocql::testing
