#include "testing/as_tuple.hpp"

#include <cocql/testing/relay.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace cocql::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t block = 32 * 1024;

} // namespace

/// What a relay is. Its coroutines keep it, and all that belongs to the io_context is theirs.
class relay::server : public std::enable_shared_from_this<server> {
  public:
    server(asio::io_context& context, const endpoint& target, relay_options options)
        : context_(context),
          target_(asio::ip::make_address(target.host()), target.port()),
          options_(options) {}

    void begin();
    void stop();
    std::uint16_t port() const noexcept { return port_; }
    std::size_t accepted() const noexcept { return accepted_; }
    std::size_t bytes_to_client() const noexcept { return to_client_; }

  private:
    class pipe;
    asio::awaitable<void> listen(std::shared_ptr<tcp::acceptor> acceptor);
    asio::awaitable<void> serve(std::shared_ptr<pipe> pipe);
    asio::awaitable<void> to_target(std::shared_ptr<pipe> pipe);
    asio::awaitable<void> to_client(std::shared_ptr<pipe> pipe);
    void start(asio::awaitable<void> task);
    static asio::awaitable<void> keeping(std::shared_ptr<server> self, asio::awaitable<void> task);

    asio::io_context& context_; ///< not to be touched but by what runs there
    tcp::endpoint target_;
    relay_options options_;
    std::uint16_t port_ = 0;
    std::size_t accepted_ = 0;
    std::size_t to_client_ = 0;
    bool stopped_ = false;
    std::weak_ptr<tcp::acceptor> acceptor_;
    std::vector<std::weak_ptr<pipe>> pipes_;
};

/// One connection through the relay: its two halves and the timers of its slow directions.
class relay::server::pipe {
  public:
    pipe(tcp::socket accepted, asio::io_context& context)
        : client(std::move(accepted)), target(context), pause(context), slowness(context) {}
    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        target.close(ignored);
        pause.cancel();
        slowness.expires_after(std::chrono::seconds(0));
        closed = true;
    }
    tcp::socket client;
    tcp::socket target;
    asio::steady_timer pause;    ///< to the client
    asio::steady_timer slowness; ///< from the client
    bool closed = false;
};

void relay::server::begin() {
    auto listener = std::make_shared<tcp::acceptor>(
        context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    if (options_.bytes_per_second_from_client || options_.deaf_after)
        listener->set_option(asio::socket_base::receive_buffer_size(64 * 1024));
    port_ = listener->local_endpoint().port();
    acceptor_ = listener;
    start(listen(std::move(listener)));
}

void relay::server::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    if (const auto acceptor = acceptor_.lock())
        acceptor->close(ignored);
    for (const auto& each : pipes_)
        if (const auto pipe = each.lock())
            pipe->close();
}

void relay::server::start(asio::awaitable<void> task) {
    asio::co_spawn(context_, keeping(shared_from_this(), std::move(task)),
                   [](std::exception_ptr thrown) {
                       if (thrown)
                           std::rethrow_exception(thrown); // out of the test's run()
                   });
}

asio::awaitable<void> relay::server::keeping(std::shared_ptr<server> self,
                                             asio::awaitable<void> task) {
    static_cast<void>(self);
    co_await std::move(task);
}

asio::awaitable<void> relay::server::listen(std::shared_ptr<tcp::acceptor> acceptor) {
    for (;;) {
        auto [failed, socket] = co_await acceptor->async_accept(as_tuple);
        if (failed || stopped_)
            co_return;
        ++accepted_;
        auto made = std::make_shared<pipe>(std::move(socket), context_);
        pipes_.push_back(made);
        start(serve(std::move(made)));
    }
}

asio::awaitable<void> relay::server::serve(std::shared_ptr<pipe> pipe) {
    auto [failed] = co_await pipe->target.async_connect(target_, as_tuple);
    if (failed || stopped_) {
        pipe->close();
        co_return;
    }
    boost::system::error_code ignored;
    pipe->client.set_option(tcp::no_delay(true), ignored);
    pipe->target.set_option(tcp::no_delay(true), ignored);
    start(to_target(pipe));
    co_await to_client(pipe);
}

asio::awaitable<void> relay::server::to_target(std::shared_ptr<pipe> pipe) {
    std::vector<char> room(block);
    const auto deaf_at = options_.deaf_after.value_or(static_cast<std::size_t>(-1));
    std::size_t received = 0;
    auto next_read = std::chrono::steady_clock::now();
    while (!pipe->closed) {
        if (received >= deaf_at) {
            // Until the relay is stopped or the other half has ended.
            pipe->slowness.expires_at(asio::steady_timer::time_point::max());
            co_await pipe->slowness.async_wait(as_tuple);
            break;
        }
        auto [ended, count] = co_await pipe->client.async_read_some(
            asio::buffer(room.data(), std::min(block, deaf_at - received)), as_tuple);
        if (ended)
            break;
        received += count;
        if (options_.bytes_per_second_from_client) {
            next_read += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                std::chrono::duration<double>(
                    static_cast<double>(count) /
                    static_cast<double>(*options_.bytes_per_second_from_client)));
            next_read = std::max(next_read, std::chrono::steady_clock::now());
            pipe->slowness.expires_at(next_read);
            co_await pipe->slowness.async_wait(as_tuple);
        }
        auto [failed, sent] =
            co_await asio::async_write(pipe->target, asio::buffer(room.data(), count), as_tuple);
        static_cast<void>(sent);
        if (failed)
            break;
    }
    boost::system::error_code ignored;
    pipe->target.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> relay::server::to_client(std::shared_ptr<pipe> pipe) {
    std::vector<char> room(block);
    std::size_t sent = 0; // of this connection
    const auto cut_at = options_.cut_after.value_or(static_cast<std::size_t>(-1));
    const auto drip_at = options_.drip_from.value_or(static_cast<std::size_t>(-1));
    bool going_on = true;
    while (going_on && sent < cut_at) {
        auto [ended, count] = co_await pipe->target.async_read_some(asio::buffer(room), as_tuple);
        if (ended)
            break;
        for (std::size_t at = 0; at < count && going_on && sent < cut_at;) {
            const auto part = sent >= drip_at
                                  ? std::size_t{1}
                                  : std::min({count - at, cut_at - sent, drip_at - sent});
            auto [failed, written] = co_await asio::async_write(
                pipe->client, asio::buffer(room.data() + at, part), as_tuple);
            going_on = !failed;
            at += part;
            sent += written;
            to_client_ += written;
            if (going_on && sent > drip_at && options_.drip_pause.count() != 0) {
                pipe->pause.expires_after(options_.drip_pause);
                auto [stopped] = co_await pipe->pause.async_wait(as_tuple);
                going_on = !stopped;
            }
        }
    }
    if (sent < cut_at || options_.how == cut::close) {
        // Half only: what the client still has to say may be an alert.
        boost::system::error_code ignored;
        pipe->client.shutdown(tcp::socket::shutdown_send, ignored);
    } else if (options_.how == cut::reset) {
        boost::system::error_code ignored;
        pipe->client.set_option(asio::socket_base::linger(true, 0), ignored);
        pipe->close();
    } // silence: until the client has had enough
}

relay::relay(asio::io_context& context, endpoint target, relay_options options)
    : server_(std::make_shared<server>(context, target, options)) {
    server_->begin();
}

relay::~relay() {
    stop();
}

endpoint relay::where() const {
    return {"127.0.0.1", server_->port()};
}

void relay::stop() {
    server_->stop();
}

std::size_t relay::accepted() const noexcept {
    return server_->accepted();
}

std::size_t relay::bytes_to_client() const noexcept {
    return server_->bytes_to_client();
}

} // namespace cocql::testing
