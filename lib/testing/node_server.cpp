#include "testing/node_server.hpp"

#include "io/stream/tcp_stream.hpp"
#include "testing/as_tuple.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cocql::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Keeps a function by which stop() ends a connection, for as long as the connection lives.
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

io::tls_context::server_settings server_settings(const node_tls& tls) {
    io::tls_context::server_settings settings;
    settings.certificate_file = tls.certificate_file;
    settings.key_file = tls.key_file;
    settings.client_ca_file = tls.client_ca_file;
    settings.client_certificate_required = tls.client_certificate_required;
    settings.minimum = tls.minimum;
    settings.maximum = tls.maximum;
    settings.tickets = tls.tickets;
    return settings;
}

} // namespace

node_server::node_server(asio::io_context& context, node_options options)
    : context_(context),
      options_(std::move(options)),
      acceptor_(context, tcp::endpoint(asio::ip::make_address(options_.address), options_.port)) {
    port_ = acceptor_.local_endpoint().port();
    if (options_.tls) {
        auto made = io::tls_context::for_server(server_settings(*options_.tls));
        if (!made)
            throw made.error();
        tls_ = std::move(*made);
    }
    start(listen());
}

node_server::~node_server() {
    stop();
}

void node_server::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* close : closers_)
        (*close)();
}

void node_server::start(asio::awaitable<void> task) {
    asio::co_spawn(context_, std::move(task), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown); // out of the test's run()
    });
}

std::size_t node_server::count(opcode message) const {
    const auto found = counts_.find(message);
    return found == counts_.end() ? 0 : found->second;
}

asio::awaitable<void> node_server::listen() {
    for (;;) {
        auto [failed, socket] = co_await acceptor_.async_accept(as_tuple);
        if (failed)
            co_return;
        ++accepted_;
        start(serve(std::move(socket)));
    }
}

asio::awaitable<void> node_server::wait_for_end(tcp::socket& socket) {
    std::array<char, 4096> ignored;
    for (;;) {
        auto [ended, count] = co_await socket.async_read_some(asio::buffer(ignored), as_tuple);
        static_cast<void>(count);
        if (ended)
            co_return;
    }
}

asio::awaitable<void> node_server::serve(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (options_.fault_after && options_.fault == node_fault::reset)
        socket.set_option(asio::socket_base::linger(true, 0), ignored); // closing resets
    if (options_.silent == silence::at_accept || options_.silent == silence::in_server_hello) {
        const closer guard(closers_, [&] {
            boost::system::error_code unused;
            socket.close(unused);
        });
        if (options_.silent == silence::in_server_hello) {
            // The head of a record that announces 122 bytes of ServerHello, and the first three of
            // them.
            static constexpr std::array<unsigned char, 8> half{0x16, 0x03, 0x03, 0x00,
                                                               0x7a, 0x02, 0x00, 0x00};
            auto [failed, count] = co_await asio::async_write(socket, asio::buffer(half), as_tuple);
            static_cast<void>(failed);
            static_cast<void>(count);
        }
        co_await wait_for_end(socket);
        co_return;
    }
    if (!tls_) {
        io::tcp_stream stream(std::move(socket));
        const closer guard(closers_, [&] { stream.close(); });
        co_await converse(stream, nullptr);
        co_return;
    }
    auto made = io::tls_stream::server(std::move(socket), *tls_);
    auto stream = std::move(made.value());
    const closer guard(closers_, [&] { stream->close(); });
    auto shaken = co_await stream->handshake();
    if (!shaken) {
        endings_.push_back(std::string("handshake: ") + shaken.error().what());
        stream->close();
        co_return;
    }
    client_subjects_.push_back(stream->peer().certificate_subject);
    if (options_.drops_without_certificate && stream->peer().certificate_subject.empty()) {
        stream->close();
        co_return;
    }
    co_await converse(*stream, stream.get());
}

asio::awaitable<void> node_server::converse(io::byte_stream& stream, io::tls_stream* tls) {
    node_session session(options_);
    std::vector<std::byte> buffer(32 * 1024);
    std::map<opcode, std::size_t> counted;
    std::size_t sent = 0;
    for (;;) {
        auto count = co_await stream.read_some(buffer);
        if (!count) {
            endings_.push_back(std::string("read: ") + count.error().what());
            break;
        }
        if (*count == 0) {
            endings_.push_back("end");
            if (options_.mute_close_notify) {
                co_await hold_until_stop();
            } else {
                co_await stream.shutdown();
            }
            break;
        }
        const auto before = session.statements().size();
        const auto answer = session.feed(std::span(buffer).first(*count));
        statements_.insert(statements_.end(),
                           session.statements().begin() + static_cast<std::ptrdiff_t>(before),
                           session.statements().end());
        for (const auto& [message, total] : session.counts())
            counts_[message] += total - std::exchange(counted[message], total);
        if (tls != nullptr && options_.restless_tls && !answer.empty())
            be_restless(*tls);
        const bool going_on = co_await send(stream, answer, sent);
        if (!going_on)
            break;
        if (session.wants_close()) {
            co_await stream.shutdown();
            break;
        }
        if (options_.deaf_after_startup && session.is_logged_in()) {
            co_await hold_until_stop();
            break;
        }
    }
    stream.close();
}

asio::awaitable<bool> node_server::send(io::byte_stream& stream, std::span<const std::byte> bytes,
                                        std::size_t& sent) {
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
            asio::steady_timer pause(context_, options_.drip_pause);
            auto [stopped] = co_await pause.async_wait(as_tuple);
            static_cast<void>(stopped);
            if (stopped_)
                co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> node_server::hold_until_stop() {
    asio::steady_timer hold(context_, asio::steady_timer::time_point::max());
    const closer release(closers_, [&] { hold.cancel(); });
    auto [stopped] = co_await hold.async_wait(as_tuple);
    static_cast<void>(stopped);
}

asio::awaitable<void> node_server::suffer(io::byte_stream& stream) {
    if (options_.fault == node_fault::goodbye)
        co_await stream.shutdown();
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
