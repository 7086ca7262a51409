#include "io/streams.hpp"

#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using io::tls_stream;

namespace {

class verdict {
  public:
    verdict(std::string server, std::string host, long code)
        : server(std::move(server)), host(std::move(host)), code(code) {}
    std::string server;
    std::string host;
    long code; ///< X509_V_OK: accepted
};

asio::awaitable<void> judge(asio::io_context& context, verdict wanted, tls_version version) {
    INFO(wanted.server << " as " << wanted.host);
    pair_of_streams pair;
    co_await connect(context, server_of(wanted.server, version), trusting(version), wanted.host,
                     pair);
    if (wanted.code == X509_V_OK) {
        CHECK_MESSAGE(pair.client_shaken.has_value(),
                      std::string(pair.client_shaken.error().what()));
    } else {
        REQUIRE(!pair.client_shaken);
        const auto failure = pair.client_shaken.error();
        INFO(std::string(failure.what()));
        CHECK(failure.is(errc::certificate_rejected));
        CHECK(failure.x509_code() == wanted.code);
    }
}

void judge_all(tls_version version) {
    const std::vector<verdict> cases{
        {"node", "127.0.0.1", X509_V_OK},
        {"node", "::1", X509_V_OK},
        {"node", "localhost", X509_V_OK},
        {"node", "node.cocql.test", X509_V_OK},
        {"node", "node.cocql.test.", X509_V_OK},
        {"node", "elsewhere.cocql.test", X509_V_ERR_HOSTNAME_MISMATCH},
        {"node", "127.9.9.9", X509_V_ERR_IP_ADDRESS_MISMATCH},
        {"wrong_name", "127.0.0.1", X509_V_ERR_IP_ADDRESS_MISMATCH},
        {"wrong_name", "localhost", X509_V_ERR_HOSTNAME_MISMATCH},
        {"cn_only", "127.0.0.1", X509_V_ERR_IP_ADDRESS_MISMATCH},
        {"dns_typed_ip", "127.0.0.1", X509_V_ERR_IP_ADDRESS_MISMATCH},
        {"wildcard", "one.cocql.test", X509_V_OK},
        {"wildcard", "one.two.cocql.test", X509_V_ERR_HOSTNAME_MISMATCH},
        {"expired", "localhost", X509_V_ERR_CERT_HAS_EXPIRED},
        {"not_yet_valid", "localhost", X509_V_ERR_CERT_NOT_YET_VALID},
        {"self_signed", "localhost", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
        {"wrong_ca_node", "localhost", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {"wrong_usage", "localhost", X509_V_ERR_INVALID_PURPOSE},
    };
    for (const auto& each : cases) {
        asio::io_context context(1);
        run(context, judge(context, each, version));
    }
}

asio::awaitable<void> see_the_alert(asio::io_context& context, tls_version version) {
    pair_of_streams pair;
    co_await connect(context, server_of("wrong_ca_node", version), trusting(version), "localhost",
                     pair);
    REQUIRE(!pair.client_shaken);
    auto failure = pair.server_shaken;
    if (failure) {
        // TLS 1.3: the server is done before the client has looked; the alert comes with its first
        // read.
        std::vector<std::byte> room(16);
        auto count = co_await pair.server->read_some(room);
        REQUIRE(!count);
        failure = count.error();
    }
    INFO(std::string(failure.error().what()));
    CHECK(failure.error().tls_alert() == 48); // unknown_ca
}

asio::awaitable<void> say_goodbye(tls_stream& stream, bool& done) {
    co_await stream.shutdown();
    done = true;
}

asio::awaitable<void> truncated(asio::io_context& context, tls_version version, bool with_goodbye) {
    pair_of_streams pair;
    co_await connect(context, server_of("node", version), trusting(version), "localhost", pair);
    std::vector<std::byte> room(16);
    auto written = co_await pair.client->write(std::vector<std::byte>(1));
    CHECK(written.has_value());
    auto got = co_await pair.server->read_some(room);
    CHECK(*got == 1);
    bool said = !with_goodbye;
    if (with_goodbye)
        start(context, say_goodbye(*pair.client, said));
    else
        pair.client->end_writing();
    auto end = co_await pair.server->read_some(room);
    if (with_goodbye) {
        REQUIRE(end.has_value());
        CHECK(*end == 0);
        co_await pair.server->shutdown();
        while (!said)
            co_await asio::post(context, asio::use_awaitable);
    } else {
        REQUIRE(!end);
        CHECK(end.error().is(errc::connection_lost));
        CHECK(std::string(end.error().what()).find("truncated") != std::string::npos);
    }
}

asio::awaitable<void> read_into(tls_stream& stream, std::optional<result<std::size_t>>& outcome) {
    std::vector<std::byte> room(16);
    outcome = co_await stream.read_some(room);
}

asio::awaitable<void> write_into(tls_stream& stream, std::size_t size,
                                 std::optional<result<void>>& outcome) {
    const std::vector<std::byte> bytes(size);
    outcome = co_await stream.write(bytes);
}

asio::awaitable<void> write_two(tls_stream& stream, std::span<const std::byte> bytes,
                                std::optional<result<std::size_t>>& left) {
    left = co_await write_in_two(stream, bytes);
}

asio::awaitable<void> send_all(tls_stream& stream, std::size_t total, std::size_t& key_updates,
                               std::size_t& tickets, bool server) {
    std::vector<std::byte> block(16 * 1024);
    std::size_t sent = 0;
    std::size_t blocks = 0;
    while (sent < total) {
        const auto count = std::min(block.size(), total - sent);
        for (std::size_t i = 0; i < count; ++i)
            block[i] = static_cast<std::byte>((sent + i) * 31 % 251);
        if (server && blocks % 6 == 0 && stream.request_key_update())
            ++key_updates;
        if (server && blocks % 300 == 1 &&
            stream.send_ticket()) // never in the same write as a key update
            ++tickets;
        const auto part = std::span<const std::byte>(block).first(count);
        std::optional<error> failed;
        if (server) {
            auto written = co_await stream.write(part);
            if (!written)
                failed = written.error();
        } else {
            auto left = co_await write_in_two(stream, part);
            if (!left)
                failed = left.error();
        }
        REQUIRE_MESSAGE(!failed, std::string(failed->what()));
        sent += count;
        ++blocks;
    }
}

/// Counts the bytes that are not what send_all() has sent.
class checking_receiver final : public io::byte_receiver {
  public:
    checking_receiver(std::size_t total, std::size_t& wrong) : total_(total), wrong_(wrong) {}
    std::span<std::byte> room() override { return room_; }
    std::span<std::byte> received(std::size_t count) override {
        for (std::size_t i = 0; i < count; ++i)
            wrong_ += room_[i] != static_cast<std::byte>((got_ + i) * 31 % 251);
        got_ += count;
        return got_ < total_ ? room() : std::span<std::byte>();
    }

  private:
    std::vector<std::byte> room_ = std::vector<std::byte>(32 * 1024);
    std::size_t got_ = 0;
    std::size_t total_;
    std::size_t& wrong_;
};

/// By read_some(), or by read_on() as the bridge does.
asio::awaitable<void> receive_all(tls_stream& stream, std::size_t total, std::size_t& wrong,
                                  bool read_on = false) {
    checking_receiver receiver(total, wrong);
    if (read_on) {
        auto stopped = co_await stream.read_on(receiver);
        REQUIRE_MESSAGE(stopped.has_value(), std::string(stopped.error().what()));
        REQUIRE(*stopped);
        co_return;
    }
    for (auto room = receiver.room(); !room.empty();) {
        auto count = co_await stream.read_some(room);
        REQUIRE_MESSAGE(count.has_value(), std::string(count.error().what()));
        REQUIRE(*count != 0);
        room = receiver.received(*count);
    }
}

} // namespace

TEST_CASE("H15 H17 H18 certificates are accepted and rejected by their codes, TLS 1.3") {
    judge_all(tls_version::v1_3);
}
TEST_CASE("H15 H17 H18 certificates are accepted and rejected by their codes, TLS 1.2") {
    judge_all(tls_version::v1_2);
}

TEST_CASE("X26 when we reject the peer's certificate the peer sees the alert") {
    for (const auto version : {tls_version::v1_3, tls_version::v1_2}) {
        asio::io_context context(1);
        run(context, see_the_alert(context, version));
    }
}

TEST_CASE("H18 an end without close_notify is an error, one with it is the end") {
    for (const auto version : {tls_version::v1_3, tls_version::v1_2})
        for (const bool with_goodbye : {false, true}) {
            asio::io_context context(1);
            run(context, truncated(context, version, with_goodbye));
        }
}

TEST_CASE("B5 what a TLS peer takes is written at once, and a coroutine writes the rest") {
    for (const auto version : {tls_version::v1_3, tls_version::v1_2}) {
        asio::io_context context(1);
        pair_of_streams pair;
        auto settings = server_of("node", version);
        run(context, connect(context, settings, trusting(version), "localhost", pair));
        std::vector<std::byte> bytes(48'000'000); // the kernel may take up to 38 MB
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::byte>(i * 31 % 251);
        std::size_t wrong = 0;
        SUBCASE("a short one") {
            std::span<const std::byte> rest = std::span<const std::byte>(bytes).first(1000);
            const auto done = pair.client->write_at_once(rest);
            REQUIRE(done.has_value());
            CHECK(*done);
            CHECK(rest.empty());
            context.restart();
            run(context, receive_all(*pair.server, 1000, wrong));
        }
        SUBCASE("one that is longer than what the buffers take") {
            std::optional<result<std::size_t>> left;
            context.restart();
            start(context, write_two(*pair.client, bytes, left));
            start(context, receive_all(*pair.server, bytes.size(), wrong));
            context.run();
            REQUIRE(left.has_value());
            CHECK(left->value() > 0);
            CHECK(left->value() < bytes.size());
        }
        SUBCASE("after cancel()") {
            pair.client->cancel();
            std::span<const std::byte> rest(bytes);
            const auto done = pair.client->write_at_once(rest);
            REQUIRE(!done);
            CHECK(done.error().is(errc::cancelled));
            CHECK(rest.size() == bytes.size());
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("X24 cancel ends a pending read and write over TLS, wherever these are") {
    for (const auto version : {tls_version::v1_3, tls_version::v1_2})
        for (std::size_t turns = 0; turns < 24; ++turns) {
            asio::io_context context(1);
            pair_of_streams pair;
            auto settings = server_of("node", version);
            run(context, connect(context, settings, trusting(version), "localhost", pair));
            std::optional<result<std::size_t>> got;
            std::optional<result<void>> written;
            context.restart();
            start(context, read_into(*pair.client, got));
            start(context, write_into(*pair.client, 16'000'000, written));
            for (std::size_t turn = 0; turn < turns; ++turn)
                context.poll_one();
            pair.client->cancel();
            context.restart();
            context.run_for(std::chrono::seconds(2));
            REQUIRE(got.has_value());
            REQUIRE(written.has_value());
            CHECK(got->error().is(errc::cancelled));
            CHECK(written->error().is(errc::cancelled));
        }
}

TEST_CASE("B5 full duplex over TLS 1.3 with key updates and tickets: no error and no wrong byte") {
    const char* size = std::getenv("COCQL_DUPLEX_MEGABYTES");
    const std::size_t total = (size != nullptr ? std::strtoul(size, nullptr, 10) : 100) * 1'000'000;
    asio::io_context context(1);
    pair_of_streams pair;
    auto settings = server_of("node", tls_version::v1_3);
    run(context, connect(context, settings, trusting(tls_version::v1_3), "localhost", pair));
    REQUIRE(pair.client_shaken.has_value());
    std::size_t key_updates = 0;
    std::size_t tickets = 0;
    std::size_t none = 0;
    std::size_t wrong = 0;
    context.restart();
    start(context, send_all(*pair.client, total, none, none, false));
    start(context, send_all(*pair.server, total, key_updates, tickets, true));
    start(context, receive_all(*pair.client, total, wrong, true));
    start(context, receive_all(*pair.server, total, wrong));
    context.run();
    MESSAGE(total << " bytes each way, " << key_updates << " key updates, " << tickets
                  << " tickets");
    CHECK(wrong == 0);
    if (total >= 100'000'000) {
        CHECK(key_updates >= 1000);
        CHECK(tickets >= 20);
    }
}
