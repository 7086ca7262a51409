#include "io/streams.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using io::tls_stream;

namespace {

struct ssl_deleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

int long_ticket(SSL* ssl, void*) {
    const std::string much(3000, 't');
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), much.data(), much.size());
}
SSL_TICKET_RETURN any_ticket(SSL*, SSL_SESSION*, const unsigned char*, std::size_t,
                             SSL_TICKET_STATUS, void*) {
    return SSL_TICKET_RETURN_USE;
}

/// A server with short records and long tickets, whose records go out when the test wants it.
class server_by_hand {
  public:
    server_by_hand(asio::ip::tcp::socket socket, tls_version version)
        : socket_(std::move(socket)),
          context_(io::tls_context::for_server(server_of("node", version)).value()),
          ssl_(SSL_new(context_.native())) {
        if (version == tls_version::v1_3)
            SSL_CTX_set_session_ticket_cb(context_.native(), &long_ticket, &any_ticket, nullptr);
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_max_send_fragment(ssl_.get(), 512);
        SSL_set_num_tickets(ssl_.get(), 0);
        SSL_set_accept_state(ssl_.get());
    }
    /// Lets the client's loop turn until the handshake is done.
    void shake_hands(asio::io_context& context) {
        while (SSL_do_handshake(ssl_.get()) != 1) {
            send(output());
            context.poll();
            receive();
        }
        send(output());
    }
    std::vector<char> ticket() {
        REQUIRE(SSL_new_session_ticket(ssl_.get()) == 1);
        REQUIRE(SSL_do_handshake(ssl_.get()) == 1);
        return output();
    }
    /// The wish to shake hands once more.
    std::vector<char> hello_request() {
        SSL_clear_options(ssl_.get(), SSL_OP_NO_RENEGOTIATION);
        REQUIRE(SSL_renegotiate(ssl_.get()) == 1);
        REQUIRE(SSL_do_handshake(ssl_.get()) == 1);
        return output();
    }
    void send(std::span<const char> bytes) {
        asio::write(socket_, asio::buffer(bytes.data(), bytes.size()));
    }
    /// What has come from the client, in plain text.
    std::string received() {
        receive();
        std::string text;
        std::array<char, 4096> room{};
        for (int count = 1; count > 0;) {
            count = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
            if (count > 0)
                text.append(room.data(), static_cast<std::size_t>(count));
        }
        return text;
    }

    bool has_input() {
        receive();
        return BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) != 0;
    }
    /// Whether what has come from the client is the refusal to renegotiate.
    bool is_turned_down() {
        char none = 0;
        ERR_clear_error();
        return SSL_read(ssl_.get(), &none, 1) < 0 &&
               ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_RENEGOTIATION;
    }

  private:
    void receive() {
        std::array<char, 4096> room{};
        socket_.non_blocking(true);
        boost::system::error_code none;
        for (;;) {
            const auto count = socket_.read_some(asio::buffer(room), none);
            if (none)
                break;
            BIO_write(SSL_get_rbio(ssl_.get()), room.data(), static_cast<int>(count));
        }
        socket_.non_blocking(false);
    }
    std::vector<char> output() {
        char* begin = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &begin);
        std::vector<char> bytes(begin, begin + size);
        static_cast<void>(BIO_reset(SSL_get_wbio(ssl_.get())));
        return bytes;
    }

    asio::ip::tcp::socket socket_;
    io::tls_context context_;
    std::unique_ptr<SSL, ssl_deleter> ssl_;
};

asio::awaitable<void> shake(tls_stream& stream, bool& done) {
    auto shaken = co_await stream.handshake();
    REQUIRE_MESSAGE(shaken.has_value(), std::string(shaken.error().what()));
    done = true;
}

asio::awaitable<void> read_and_tell(std::shared_ptr<tls_stream> stream,
                                    std::optional<result<std::size_t>>& outcome) {
    std::array<std::byte, 16> room{};
    outcome = co_await stream->read_some(room);
}

asio::awaitable<void> write_and_tell(std::shared_ptr<tls_stream> stream, std::string text,
                                     std::optional<result<void>>& outcome) {
    outcome = co_await stream->write(std::as_bytes(std::span(text)));
}

/// A client that reads and writes, while the first of its server's ticket's records has come.
class half_a_ticket {
  public:
    half_a_ticket() {
        asio::ip::tcp::acceptor acceptor(
            *context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        asio::ip::tcp::socket socket(*context);
        socket.connect(acceptor.local_endpoint());
        server.emplace(acceptor.accept(world_), tls_version::v1_3);
        auto settings =
            io::tls_client_settings::prepare(trusting(tls_version::v1_3), "localhost").value();
        client = tls_stream::client(std::move(socket), settings).value();
        bool done = false;
        start(*context, shake(*client, done));
        context->poll();
        server->shake_hands(*context);
        while (!done)
            turn();
        ticket = server->ticket();
        REQUIRE(ticket.size() > 3000);
        start(*context, read_and_tell(client, got));
        server->send(std::span(ticket).first(600));
        turn();
        start(*context, write_and_tell(client, "a question", written));
        for (int i = 0; i < 20; ++i)
            turn();
        CHECK(!written.has_value());
        CHECK(server->received().empty());
    }
    void turn() {
        context->restart();
        context->poll();
    }

  private:
    asio::io_context world_{1};

  public:
    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    std::optional<server_by_hand> server;
    std::shared_ptr<tls_stream> client;
    std::vector<char> ticket;
    std::optional<result<std::size_t>> got;
    std::optional<result<void>> written;
};

} // namespace

TEST_CASE("B5 what is written while a long ticket has come in part goes out when the rest has") {
    half_a_ticket t;
    for (std::size_t at = 600; at < t.ticket.size(); at += 100) {
        CHECK(!t.written.has_value());
        t.server->send(
            std::span(t.ticket).subspan(at, std::min<std::size_t>(100, t.ticket.size() - at)));
        t.turn();
    }
    while (!t.written)
        t.turn();
    CHECK(t.written->has_value());
    CHECK(t.server->received() == "a question");
    t.client->close();
}

TEST_CASE("X24 cancel, close and the peer's end each end a write that waits for a ticket") {
    enum class end { cancel, close, peer };
    for (const auto how : {end::cancel, end::close, end::peer}) {
        INFO("end " << static_cast<int>(how));
        half_a_ticket t;
        if (how == end::cancel)
            t.client->cancel();
        else if (how == end::close)
            t.client->close();
        else
            t.server.reset();
        t.context->restart();
        t.context->run_for(std::chrono::seconds(10));
        CHECK(t.context->stopped());
        REQUIRE(t.written.has_value());
        REQUIRE(!*t.written);
        CHECK(t.written->error().is(how == end::peer ? errc::connection_lost : errc::cancelled));
        CHECK(!t.got->has_value());
    }
}

TEST_CASE("X25 destroying the io_context while a write waits for a ticket leaks nothing") {
    half_a_ticket t;
    const std::weak_ptr<tls_stream> alive = t.client;
    t.client.reset();
    CHECK(!alive.expired());
    t.context.reset();
    CHECK(alive.expired());
}

TEST_CASE("H18 a server's wish to renegotiate is turned down whatever a ready context says, and "
          "writing goes on") {
    asio::io_context context(1);
    asio::io_context world(1);
    asio::ip::tcp::acceptor acceptor(context,
                                     asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::ip::tcp::socket socket(context);
    socket.connect(acceptor.local_endpoint());
    server_by_hand server(acceptor.accept(world), tls_version::v1_2);
    const auto ready = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    ready->load_verify_file(certificate("ca.pem"));
    SSL_CTX_clear_options(ready->native_handle(), SSL_OP_NO_RENEGOTIATION);
    tls_options options;
    options.context(ready);
    const auto settings = io::tls_client_settings::prepare(options, "localhost").value();
    std::shared_ptr<tls_stream> client = tls_stream::client(std::move(socket), settings).value();
    const auto turn = [&] {
        context.restart();
        context.poll();
    };
    bool done = false;
    start(context, shake(*client, done));
    turn();
    server.shake_hands(context);
    while (!done)
        turn();
    std::optional<result<std::size_t>> got;
    start(context, read_and_tell(client, got));
    server.send(server.hello_request());
    while (!server.has_input())
        turn();
    std::optional<result<void>> written;
    start(context, write_and_tell(client, "a question", written));
    while (!written)
        turn();
    CHECK(written->has_value());
    CHECK(!got.has_value());
    CHECK(server.is_turned_down());
    client->close();
    turn();
}
