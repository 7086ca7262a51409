#include "io/stream/ticket_store.hpp"
#include "io/streams.hpp"

#include <boost/asio/ssl/context.hpp>
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using asio::ip::tcp;
using io::tls_context;
using io::tls_tickets;

namespace {

using handshakes = std::vector<std::uint64_t>; ///< full, resumed

handshakes of(const tls_tickets& tickets) {
    return {tickets.counted().full, tickets.counted().resumed};
}

/// A server, or what takes its place, and a client's tickets of it.
class ticket_scene {
  public:
    explicit ticket_scene(tls_version version)
        : server(server_of("node", version)),
          options(trusting(version)),
          context(tls_context::for_server(server).value()),
          tickets(std::make_shared<tls_tickets>(tls_context::for_client(options).value())) {}

    void restart() { context = tls_context::for_server(server).value(); }

    /// One handshake, and one byte from the server, in front of which its tickets come.
    std::shared_ptr<pair_of_streams> connect(const std::string& host = "localhost") {
        auto made = std::make_shared<pair_of_streams>();
        loop.restart();
        run(loop, shake(*this, host, *made));
        return made;
    }
    bool resumes(const std::string& host = "localhost") {
        const auto pair = connect(host);
        REQUIRE_MESSAGE(pair->client_shaken.has_value(),
                        std::string(pair->client_shaken.error().what()));
        CHECK(pair->client->peer().session_resumed == pair->server->peer().session_resumed);
        CHECK(pair->client->peer().certificate_subject.find("node") != std::string::npos);
        return pair->client->peer().session_resumed;
    }

    static asio::awaitable<void> shake(ticket_scene& self, std::string host,
                                       pair_of_streams& pair) {
        tcp::acceptor acceptor(self.loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        tcp::socket socket(self.loop);
        socket.connect(acceptor.local_endpoint());
        auto accepted = acceptor.accept();
        const auto settings = io::tls_client_settings::prepare(self.options, host, self.tickets);
        REQUIRE(settings.has_value());
        pair.client = io::tls_stream::client(std::move(socket), *settings).value();
        if (self.meanwhile)
            self.meanwhile();
        pair.server = io::tls_stream::server(std::move(accepted), self.context).value();
        bool server_done = false;
        start(self.loop, shake_server(pair, server_done));
        pair.client_shaken = co_await pair.client->handshake();
        if (!pair.client_shaken)
            pair.client->close();
        while (!server_done)
            co_await asio::post(self.loop, asio::use_awaitable);
        if (pair.client_shaken && pair.server_shaken)
            co_await say(pair, self.more_tickets);
    }
    static asio::awaitable<void> say(pair_of_streams& pair, int more_tickets) {
        for (int i = 0; i <= more_tickets; ++i) {
            if (i != 0)
                CHECK(pair.server->send_ticket());
            std::vector<std::byte> byte(1);
            auto written = co_await pair.server->write(byte);
            CHECK(written.has_value());
            auto count = co_await pair.client->read_some(byte);
            REQUIRE(count.has_value());
            CHECK(*count == 1);
        }
    }

    io::tls_context::server_settings server;
    tls_options options;
    asio::io_context loop{1};
    tls_context context;
    std::shared_ptr<tls_tickets> tickets;
    int more_tickets = 0;
    std::function<void()> meanwhile;
};

void for_both_versions(const std::function<void(tls_version)>& test) {
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        INFO("TLS 1." << (version == tls_version::v1_2 ? 2 : 3));
        test(version);
    }
}

} // namespace

TEST_CASE("A node's later connections resume the session of the first") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        CHECK(!scene.resumes());
        for (int i = 0; i < 9; ++i)
            CHECK(scene.resumes());
        CHECK(of(*scene.tickets) == handshakes{1, 9});
    });
}

TEST_CASE("A ticket of TLS 1.3 is used once, a session of TLS 1.2 as often as it serves") {
    ticket_scene once(tls_version::v1_3);
    CHECK(!once.resumes());
    CHECK(once.tickets->size() == 2);
    const auto first =
        once.tickets->take(once.tickets->context().native(),
                           io::name_rules::decide(once.options, "localhost").value());
    CHECK(first);
    CHECK(once.tickets->size() == 1);
    ticket_scene spent(tls_version::v1_3);
    spent.server.ticket_key = std::string(tls_context::ticket_key_size, 'k');
    spent.server.tickets = 1;
    spent.restart();
    CHECK(!spent.resumes());
    spent.server.tickets = 0;
    spent.restart(); // it takes what it gave before
    CHECK(spent.resumes());
    CHECK(spent.tickets->size() == 0);
    CHECK(!spent.resumes());

    ticket_scene often(tls_version::v1_2);
    CHECK(!often.resumes());
    for (int i = 0; i < 3; ++i) {
        CHECK(often.resumes());
        CHECK(often.tickets->size() == 1);
    }
}

TEST_CASE("Of many tickets the newest are kept") {
    ticket_scene scene(tls_version::v1_3);
    scene.more_tickets = 20;
    CHECK(!scene.resumes());
    CHECK(scene.tickets->size() == tls_tickets::most);
    scene.more_tickets = 0;
    CHECK(scene.resumes());
}

TEST_CASE("A session is resumed only where the peer would be verified in the same way") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        CHECK(!scene.resumes("localhost"));
        CHECK(!scene.resumes("node.cocql.test"));
        CHECK(scene.resumes("localhost"));
        CHECK(scene.resumes("node.cocql.test"));
        const auto before = scene.options;
        scene.options.verify(tls_verify::ca);
        CHECK(!scene.resumes("localhost"));
        scene.options = before;
        scene.options.server_hostname("127.0.0.1");
        CHECK(!scene.resumes("localhost"));
        scene.options = before;
        // Full verification takes nothing that came without any.
        ticket_scene careless(version);
        careless.options.verify(tls_verify::none);
        CHECK(!careless.resumes());
        CHECK(careless.resumes());
        careless.options.verify(tls_verify::full);
        CHECK(!careless.resumes());
    });
}

TEST_CASE("A server that knows a ticket no more shakes hands in full, and nobody sees an error") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        CHECK(!scene.resumes());
        CHECK(scene.resumes());
        scene.restart();
        CHECK(!scene.resumes());
        CHECK(scene.resumes());
        CHECK(of(*scene.tickets) == handshakes{2, 2});
    });
}

TEST_CASE(
    "A server that breaks off every handshake that resumes is offered nothing any more, after "
    "two") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        // OpenSSL's servers do so where they verify clients and were told no session id context.
        auto* const server = scene.context.native();
        SSL_CTX_set_verify(server, SSL_VERIFY_PEER, nullptr);
        CHECK(SSL_CTX_set_session_id_context(server, nullptr, 0) == 1);
        for (std::uint64_t failed = 1; failed <= 2; ++failed) {
            CHECK(!scene.resumes());
            CHECK(!scene.connect()->client_shaken.has_value());
            CHECK(scene.tickets->failed_offers() == failed);
            CHECK(scene.tickets->size() == 0);
        }
        for (int i = 0; i < 3; ++i)
            CHECK(!scene.resumes());
        CHECK(scene.tickets->failed_offers() == 2);
        scene.tickets->renew(tls_context::for_client(scene.options).value());
        scene.restart();
        CHECK(!scene.resumes());
        CHECK(scene.resumes());
    });
}

TEST_CASE("Another certificate is seen in spite of tickets, when these are of no use") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        CHECK(!scene.resumes());
        scene.server = server_of("wrong_ca_node", version);
        scene.restart();
        const auto pair = scene.connect();
        REQUIRE(!pair->client_shaken);
        CHECK(pair->client_shaken.error().is(errc::certificate_rejected));
        CHECK(scene.tickets->size() == 0); // they led to a handshake that failed
        CHECK(of(*scene.tickets) == handshakes{1, 0});
    });
}

TEST_CASE("A context that is made anew takes no ticket from before, also of those still to come") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        scene.server.ticket_key = std::string(tls_context::ticket_key_size, 'k');
        scene.restart();
        CHECK(!scene.resumes());
        const auto old = scene.connect();
        CHECK(old->client->peer().session_resumed);
        const auto renew = [&scene] {
            scene.tickets->renew(tls_context::for_client(scene.options).value());
        };
        renew();
        CHECK(scene.tickets->size() == 0);
        if (version == tls_version::v1_3) {
            scene.loop.restart();
            run(scene.loop, ticket_scene::say(*old, 3));
            CHECK(scene.tickets->size() == 0);
        }
        CHECK(!scene.resumes());
        CHECK(scene.resumes());
        // One that has begun when it is made anew brings nothing.
        scene.meanwhile = renew;
        scene.connect();
        CHECK(scene.tickets->size() == 0);
        scene.meanwhile = nullptr;
        CHECK(!scene.resumes());
    });
}

TEST_CASE("A connection that breaks off spoils no session for others") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        scene.connect().reset(); // without a goodbye
        scene.connect().reset();
        CHECK(scene.resumes());
        CHECK(of(*scene.tickets) == handshakes{1, 2});
    });
}

TEST_CASE("A ticket is of no use when the certificate that it stands for has expired") {
    for_both_versions([](tls_version version) {
        ticket_scene scene(version);
        scene.server = server_of("expired", version);
        scene.restart();
        const auto verifying = io::name_rules::decide(scene.options, "localhost").value();
        scene.options.verify(tls_verify::none);
        const auto careless = io::name_rules::decide(scene.options, "localhost").value();
        CHECK(scene.connect()->client_shaken.has_value());
        const auto* const by = scene.tickets->context().native();
        auto session = scene.tickets->take(by, careless);
        REQUIRE(session);
        tls_tickets others(scene.tickets->context());
        others.keep(std::move(session), by, verifying);
        CHECK(others.size() == 1);
        CHECK(!others.take(by, verifying));
        CHECK(others.size() == 0);
    });
}

TEST_CASE("Each node has its own tickets, and what a stranger gave becomes the node's") {
    ticket_scene scene(tls_version::v1_3);
    io::ticket_store store(tls_context::for_client(scene.options).value());
    uuid one;
    uuid other;
    other.bytes[15] = std::byte{1};
    scene.tickets = store.of_stranger();
    CHECK(!scene.resumes());
    CHECK(store.counted().full == 0);
    scene.tickets->pour_into(*store.of(one));
    CHECK(scene.tickets->size() == 0);
    scene.tickets = store.of(other);
    CHECK(!scene.resumes());
    scene.tickets = store.of(one);
    CHECK(scene.resumes());
    CHECK(store.counted().full == 2);
    CHECK(store.counted().resumed == 1);
    store.forget(other);
    CHECK(store.of(other)->size() == 0);
    CHECK(store.counted().full == 2);
    // What a stranger gave before all was made anew is not taken.
    scene.tickets = store.of_stranger();
    CHECK(!scene.resumes());
    store.renew(tls_context::for_client(scene.options).value());
    CHECK(store.of(one)->size() == 0);
    scene.tickets->pour_into(*store.of(one));
    CHECK(store.of(one)->size() == 0);
    CHECK(store.counted().full == 3);
}

TEST_CASE("A ready context is not touched, and its sessions are not resumed") {
    static int theirs = 0;
    for_both_versions([](tls_version version) {
        theirs = 0;
        ticket_scene scene(version);
        auto ready = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
        ready->load_verify_file(certificate("ca.pem"));
        auto* const native = ready->native_handle();
        SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(native, [](SSL*, SSL_SESSION*) { return ++theirs, 0; });
        scene.options.context(ready);
        for (int i = 0; i < 3; ++i)
            CHECK(!scene.resumes());
        CHECK(theirs >= 3);
        CHECK(scene.tickets->size() == 0);
        CHECK(of(*scene.tickets) == handshakes{3, 0});
        CHECK(SSL_CTX_get_session_cache_mode(native) == SSL_SESS_CACHE_CLIENT);
    });
}
