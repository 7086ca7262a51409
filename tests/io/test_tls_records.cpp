#include "io/stream/tls_context.hpp"
#include "io/stream/tls_records.hpp"
#include "run.hpp"
#include "streams.hpp"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::tests {

namespace {

using io::tls_records;
using outcome = tls_records::outcome;

struct ssl_delete {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

/// Both ends of a connection in memory, shaken hands, their records not yet taken over.
class both_ends {
  public:
    explicit both_ends(tls_version version) {
        client_context = io::tls_context::for_client(trusting(version)).value();
        server_context = io::tls_context::for_server(server_of("node", version)).value();
        client.reset(SSL_new(client_context->native()));
        server.reset(SSL_new(server_context->native()));
        BIO* here = nullptr;
        BIO* there = nullptr;
        REQUIRE(BIO_new_bio_pair(&here, 0, &there, 0) == 1);
        SSL_set_bio(client.get(), here, here);
        SSL_set_bio(server.get(), there, there);
        SSL_set_connect_state(client.get());
        SSL_set_accept_state(server.get());
        bool client_done = false;
        bool server_done = false;
        for (int turn = 0; turn < 20 && !(client_done && server_done); ++turn) {
            client_done = SSL_do_handshake(client.get()) == 1;
            server_done = SSL_do_handshake(server.get()) == 1;
        }
        REQUIRE(client_done);
        REQUIRE(server_done);
        ERR_clear_error();
    }

    std::optional<io::tls_context> client_context;
    std::optional<io::tls_context> server_context;
    std::unique_ptr<SSL, ssl_delete> client;
    std::unique_ptr<SSL, ssl_delete> server;
};

std::vector<std::byte> some_bytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<std::byte>(i * 31 % 251);
    return bytes;
}

bool write_all(tls_records& records, std::span<const std::byte> bytes) {
    const auto written = records.write(bytes);
    return written == outcome::done && bytes.empty();
}

std::vector<std::byte> output_of(tls_records& records) {
    base::buffer out;
    records.take_output(out);
    return {out.view().begin(), out.view().end()};
}

/// What an end makes of bytes of the network that come in such pieces: up to the first outcome that
/// is neither data nor the wish for more.
struct reading {
    std::vector<std::byte> bytes;
    outcome last = outcome::needs_input;
};
enum class between { nothing, rest };
reading read_in_pieces(tls_records& records, std::span<const std::byte> wire, std::size_t piece,
                       between what = between::nothing) {
    reading seen;
    std::array<std::byte, 5'000> room{};
    for (;;) {
        std::size_t count = 0;
        seen.last = records.read(room, count);
        seen.bytes.insert(seen.bytes.end(), room.begin(),
                          room.begin() + static_cast<std::ptrdiff_t>(count));
        if (what == between::rest)
            records.rest();
        if (seen.last == outcome::done) {
            CHECK(count > 0);
            continue;
        }
        CHECK(count == 0);
        if (seen.last != outcome::needs_input || wire.empty())
            return seen;
        const auto into = records.room();
        const auto part = std::min({piece, wire.size(), into.size()});
        std::copy_n(wire.begin(), part, into.begin());
        records.received(part);
        wire = wire.subspan(part);
    }
}

/// The lengths in the headers of records (RFC 8446, section 5.1), all of application data.
std::vector<std::size_t> records_in(std::span<const std::byte> wire) {
    std::vector<std::size_t> lengths;
    while (wire.size() >= 5) {
        CHECK(wire[0] == std::byte{23});
        const auto length =
            std::to_integer<std::size_t>(wire[3]) * 256 + std::to_integer<std::size_t>(wire[4]);
        lengths.push_back(length);
        wire = wire.subspan(std::min(wire.size(), 5 + length));
    }
    CHECK(wire.empty());
    return lengths;
}

/// Makes tickets longer than a short record.
int fill_ticket(SSL* ssl, void*) {
    const std::string much(3000, 't');
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), much.data(), much.size());
}
SSL_TICKET_RETURN use_ticket(SSL*, SSL_SESSION*, const unsigned char*, std::size_t,
                             SSL_TICKET_STATUS, void*) {
    return SSL_TICKET_RETURN_USE;
}

template <class Test>
void with_each_version(Test test) {
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        INFO((version == tls_version::v1_2 ? "TLS 1.2" : "TLS 1.3"));
        both_ends ends(version);
        tls_records client(ends.client.get());
        tls_records server(ends.server.get());
        // Tickets of TLS 1.3 are on their way.
        CHECK(read_in_pieces(client, {}, 1).last == outcome::needs_input);
        test(client, server);
    }
}

} // namespace

TEST_CASE("B5 records: what is written at once is one run of full records") {
    with_each_version([](tls_records& client, tls_records&) {
        CHECK(write_all(client, some_bytes(40'000)));
        const auto lengths = records_in(output_of(client));
        REQUIRE(lengths.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            const std::size_t carried = i < 2 ? 16'384 : 7'232;
            CHECK(lengths[i] > carried);
            CHECK(lengths[i] <= carried + 24);
        }
        CHECK_FALSE(client.has_output());
    });
}

TEST_CASE("B5 records: bytes are the same however they are cut") {
    for (const std::size_t piece : {1u, 5u, 100u, 16'400u, 100'000u})
        with_each_version([&](tls_records& client, tls_records& server) {
            INFO("pieces of " << piece);
            for (const auto* const from : {&client, &server}) {
                auto& sender = from == &client ? client : server;
                auto& receiver = from == &client ? server : client;
                const auto sent = some_bytes(70'000);
                CHECK(write_all(sender, sent));
                const auto seen = read_in_pieces(receiver, output_of(sender), piece);
                CHECK(seen.last == outcome::needs_input);
                CHECK(seen.bytes == sent);
            }
        });
}

TEST_CASE(
    "B5 records: going to rest at whatever moment, in the midst of a record too, loses nothing") {
    for (const std::size_t piece : {1u, 3u, 5u, 6u, 100u, 16'400u, 100'000u})
        with_each_version([&](tls_records& client, tls_records& server) {
            INFO("pieces of " << piece);
            for (const auto* const from : {&client, &server}) {
                auto& sender = from == &client ? client : server;
                auto& receiver = from == &client ? server : client;
                const auto sent = some_bytes(40'000);
                CHECK(write_all(sender, sent));
                sender.rest(); // what it has put out is not sent yet
                const auto seen = read_in_pieces(receiver, output_of(sender), piece, between::rest);
                sender.rest();
                CHECK(seen.last == outcome::needs_input);
                CHECK(seen.bytes == sent);
            }
        });
}

TEST_CASE("B5 records: what is received has little room at rest, and much once that was filled") {
    with_each_version([](tls_records& client, tls_records& server) {
        client.rest();
        const auto at_rest = client.room().size();
        CHECK(at_rest <= 1024);
        CHECK(write_all(server, some_bytes(100)));
        read_in_pieces(client, output_of(server), 1024);
        CHECK(client.room().size() == at_rest);
        CHECK(write_all(server, some_bytes(16'384)));
        read_in_pieces(client, output_of(server), 100'000);
        CHECK(client.room().size() > 32 * 1024);
        client.rest();
        CHECK(client.room().size() == at_rest);
    });
}

TEST_CASE(
    "B5 records: what came behind the handshake is not lost when the records are taken over") {
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        both_ends ends(version);
        const std::string early = "said at once";
        REQUIRE(SSL_write(ends.client.get(), early.data(), static_cast<int>(early.size())) > 0);
        tls_records server(ends.server.get());
        const auto seen = read_in_pieces(server, {}, 1);
        CHECK(std::string(reinterpret_cast<const char*>(seen.bytes.data()), seen.bytes.size()) ==
              early);
    }
}

TEST_CASE("H18 records: a goodbye that comes together with data is seen behind it") {
    for (const std::size_t piece : {1u, 100'000u})
        with_each_version([&](tls_records& client, tls_records& server) {
            const auto sent = some_bytes(300);
            CHECK(write_all(client, sent));
            CHECK(client.say_goodbye() == outcome::needs_input);
            auto seen = read_in_pieces(server, output_of(client), piece);
            CHECK(seen.bytes == sent);
            CHECK(seen.last == outcome::ended);
            std::size_t none = 0;
            std::array<std::byte, 8> room{};
            CHECK(server.read(room, none) == outcome::ended);
            CHECK(server.say_goodbye() == outcome::done);
            const auto answer = output_of(server);
            std::copy(answer.begin(), answer.end(), client.room().begin());
            client.received(answer.size());
            CHECK(client.say_goodbye() == outcome::done);
        });
}

TEST_CASE("H18 records: an end without a goodbye is a truncation, at every byte of a record") {
    with_each_version([](tls_records& client, tls_records& server) {
        const auto sent = some_bytes(20);
        CHECK(write_all(client, sent));
        CHECK(write_all(client, sent));
        const auto wire = output_of(client);
        const auto seen = read_in_pieces(server, std::span(wire).first(wire.size() - 1), 7);
        CHECK(seen.last == outcome::needs_input);
        CHECK(seen.bytes.size() == 20);
        server.end_of_input();
        std::size_t count = 0;
        std::array<std::byte, 8> room{};
        for (int again = 0; again < 2; ++again) {
            CHECK(server.read(room, count) == outcome::failed);
            CHECK(count == 0);
            CHECK(server.failure() == tls_records::truncated);
        }
        CHECK(!write_all(server, sent));
    });
}

TEST_CASE("X26 records: a record that was tampered with is refused, and the peer told") {
    with_each_version([](tls_records& client, tls_records& server) {
        const auto sent = some_bytes(100);
        CHECK(write_all(client, sent));
        const auto good = output_of(client);
        CHECK(write_all(client, sent));
        auto bad = output_of(client);
        bad[50] ^= std::byte{1};
        auto wire = good;
        wire.insert(wire.end(), bad.begin(), bad.end());
        const auto seen = read_in_pieces(server, wire, 100'000);
        CHECK(seen.bytes == sent);
        CHECK(seen.last == outcome::failed);
        CHECK(ERR_GET_REASON(server.failure()) == SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
        CHECK(server.has_output());
        const auto told = read_in_pieces(client, output_of(server), 100'000);
        CHECK(told.last == outcome::failed);
        CHECK(ERR_GET_REASON(client.failure()) == SSL_AD_REASON_OFFSET + SSL_AD_BAD_RECORD_MAC);
    });
}

TEST_CASE("B5 records: errors that another has left in the thread's queue are not taken for ours") {
    with_each_version([](tls_records& client, tls_records& server) {
        ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
        const auto sent = some_bytes(10);
        CHECK(write_all(client, sent));
        ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
        const auto wire = output_of(client);
        CHECK(read_in_pieces(server, wire, 3).bytes == sent);
        ERR_clear_error();
    });
}

TEST_CASE("B5 records: while a ticket has come in part, writing wants the rest of it and loses "
          "nothing") {
    both_ends ends(tls_version::v1_3);
    SSL_CTX_set_session_ticket_cb(ends.server_context->native(), &fill_ticket, &use_ticket,
                                  nullptr);
    SSL_set_max_send_fragment(ends.server.get(), 512);
    tls_records client(ends.client.get());
    tls_records server(ends.server.get());
    CHECK(read_in_pieces(client, {}, 1).last == outcome::needs_input);
    REQUIRE(SSL_new_session_ticket(ends.server.get()) == 1);
    const auto answer = some_bytes(10);
    auto rest = std::span(answer);
    CHECK(server.write(rest) == outcome::done);
    CHECK(rest.empty());
    const auto wire = output_of(server);
    REQUIRE(wire.size() > 3000);
    for (const std::size_t come : {600u, 1'200u}) { // one record, two of them
        const auto seen = read_in_pieces(client, std::span(wire).subspan(come - 600, 600), 100'000);
        CHECK(seen.last == outcome::needs_input);
        const auto question = some_bytes(40'000);
        auto left = std::span(question);
        CHECK(client.write(left) == outcome::needs_input);
        CHECK(left.size() == question.size());
        CHECK_FALSE(client.has_output());
    }
    CHECK(read_in_pieces(client, std::span(wire).subspan(1'200), 100'000).bytes == answer);
    const auto question = some_bytes(40'000);
    auto left = std::span(question);
    CHECK(client.write(left) == outcome::done);
    CHECK(read_in_pieces(server, output_of(client), 100'000).bytes == question);
}

} // namespace cocql::tests
