#include "node.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::tests;

namespace {
boost::asio::awaitable<void> open_and_look(endpoint where, connection_options options, speech how) {
    auto connection = co_await connection::open(where, options);
    const auto& peer = connection.peer();
    CHECK(peer.tls == (how != speech::plain));
    if (how == speech::tls_1_2)
        CHECK(peer.tls_version == "TLSv1.2");
    if (how == speech::tls_1_3)
        CHECK(peer.tls_version == "TLSv1.3");
    if (how != speech::plain) {
        CHECK(!peer.cipher.empty());
        CHECK(!peer.certificate_subject.empty());
    }
    std::string phases;
    for (const auto& each : connection.times())
        phases += std::string(to_string(each.phase)) + " ";
    CHECK(phases == (how == speech::plain
                         ? "resolve tcp_connect options startup auth "
                         : "resolve tcp_connect tls_handshake options startup auth "));
    CHECK(connection.state().open);
    auto page = co_await connection.query("SELECT 1");
    CHECK(!page.has_rows());
    co_await connection.close();
    CHECK(!connection.state().open);
}
} // namespace

TEST_CASE("B5 E10 E11 D7 a connection opens the same over plain TCP and TLS, and tells what each "
          "phase took") {
    for_each_speech([](speech how) {
        testing::node_options options;
        options.user = "user";
        options.secret = "secret";
        scene s(how, options);
        auto client = client_of(how);
        client.login("user", "secret");
        s.run(open_and_look(s.node.where(), client, how));
        CHECK(s.node.accepted() == 1);
    });
}

TEST_CASE("D9 without a time-out a slow node is waited for") {
    for_each_speech([](speech how) {
        testing::node_options options;
        options.user = "user";
        options.secret = "secret";
        options.drip = 16;
        options.drip_pause = std::chrono::milliseconds(1);
        scene s(how, options);
        auto client = client_of(how);
        client.login("user", "secret").connect_timeout(std::nullopt).request_timeout(std::nullopt);
        s.run(open_and_look(s.node.where(), client, how));
    });
}

namespace {
boost::asio::awaitable<void> open_downgraded(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    CHECK(connection.version() == protocol_version::v3);
    auto page = co_await connection.query("SELECT 1");
    CHECK(!page.has_rows());
    co_await connection.close();
}
} // namespace

TEST_CASE("E13 a server that refuses version 4 is tried once more with version 3, within the same "
          "budget") {
    for_each_speech([](speech how) {
        for (const auto like : {testing::manners::cassandra, testing::manners::scylla}) {
            testing::node_options options;
            options.like = like;
            options.highest_version = 3;
            {
                scene s(how, options);
                s.run(open_downgraded(s.node.where(), client_of(how)));
                CHECK(s.node.accepted() == 2);
            }
            scene s(how, options);
            auto fixed = client_of(how);
            fixed.version(protocol_version::v4, true);
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), fixed, outcome));
            CHECK(outcome.failure.is(errc::unsupported_protocol_version));
            CHECK(s.node.accepted() == 1);
        }
    });
}

TEST_CASE("E13 a downgrade happens once") {
    testing::node_options options;
    options.lowest_version = 9;
    options.highest_version = 9;
    scene s(speech::plain, options);
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), client_of(speech::plain), outcome));
    CHECK(outcome.failure.is(errc::unsupported_protocol_version));
    CHECK(s.node.accepted() == 2);
}

TEST_CASE("E13 bad logins, and none where one is wanted") {
    for_each_speech([](speech how) {
        testing::node_options options;
        options.user = "user";
        options.secret = "secret";
        {
            scene s(how, options);
            auto client = client_of(how);
            client.login("user", "hunter2");
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), client, outcome));
            CHECK(outcome.failure.is(errc::authentication_failed));
            CHECK(std::string(outcome.failure.what()).find("hunter2") == std::string::npos);
        }
        scene s(how, options);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), client_of(how), outcome));
        CHECK(outcome.failure.is(errc::authentication_required));
    });
}

TEST_CASE("E12 the peer's close during start-up fails opening with the cause and the phase") {
    for_each_speech([](speech how) {
        testing::node_options options;
        options.fault_after = 20;
        scene s(how, options);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), client_of(how), outcome));
        INFO(std::string(outcome.failure.what()));
        CHECK(outcome.failure.is(errc::connection_lost));
        CHECK(outcome.failure.phase() == phase::options);
    });
}

TEST_CASE(
    "E10 TLS 1.3 without the client certificate that is demanded: the error contains the alert") {
    auto options = node_of(speech::tls_1_3);
    options.tls->client_ca_file = certificate("ca.pem");
    options.tls->client_certificate_required = true;
    scene s(speech::plain, options);
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), client_of(speech::tls_1_3), outcome));
    INFO(std::string(outcome.failure.what()));
    CHECK(outcome.failure.is(errc::client_certificate_required));
    CHECK(outcome.failure.tls_alert() == 116);
    CHECK(std::string(outcome.failure.what()).find("alert 116, certificate required") !=
          std::string::npos);
}

TEST_CASE("E10 TLS 1.2 against a peer that just closes: the error says that a certificate was "
          "asked for") {
    auto options = node_of(speech::tls_1_2);
    options.like = testing::manners::scylla;
    options.tls->client_ca_file = certificate("ca.pem");
    options.drops_without_certificate = true;
    scene s(speech::plain, options);
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), client_of(speech::tls_1_2), outcome));
    INFO(std::string(outcome.failure.what()));
    CHECK(outcome.failure.is(errc::client_certificate_required));
    CHECK(std::string(outcome.failure.what()).find("asked for a client certificate") !=
          std::string::npos);
}

TEST_CASE("X26 D7 the node sees our alert when we reject its certificate, and opening says why") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        scene s(how);
        connection_options client;
        client.tls(tls_options().ca_file(certificate("wrong_ca.pem")));
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), client, outcome));
        INFO(std::string(outcome.failure.what()));
        CHECK(outcome.failure.is(errc::certificate_rejected));
        CHECK(outcome.failure.phase() == phase::tls_handshake);
        s.context.restart();
        s.context.run();
        REQUIRE(!s.node.endings().empty());
        CHECK(s.node.endings().front().find("unknown") != std::string::npos);
    }
}

TEST_CASE("D7 a dead port and a name that does not exist say so") {
    boost::asio::io_context context(1);
    failed_opening refused;
    run(context, fail_to_open({"127.0.0.1", 1}, connection_options(), refused));
    CHECK(refused.failure.is(errc::connect_failed));
    CHECK(refused.failure.phase() == phase::tcp_connect);
    CHECK(refused.failure.system_code() == boost::asio::error::connection_refused);
    failed_opening unknown;
    context.restart();
    run(context, fail_to_open({"no-such-host.invalid", 9042}, connection_options(), unknown));
    CHECK(unknown.failure.is(errc::resolve_failed));
    CHECK(unknown.failure.phase() == phase::resolve);
}

TEST_CASE("H17 a server name that stands for many fails before any network I/O, whatever the "
          "certificate says") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        auto node = node_of(how);
        node.tls->certificate_file = certificate("wildcard.pem");
        node.tls->key_file = certificate("wildcard.key");
        for (const std::string name : {".cocql.test", ".test", "*.cocql.test", ".cocql.test."}) {
            INFO(name);
            scene s(speech::plain, node);
            failed_opening outcome;
            connection_options options;
            options.tls(tls_options().ca_file(certificate("ca.pem")).server_hostname(name));
            s.run(fail_to_open(s.node.where(), options, outcome));
            CHECK(outcome.failure.is(errc::bad_configuration));
            CHECK(std::string(outcome.failure.what()).find("'" + name + "' cannot be right") !=
                  std::string::npos);
            CHECK(s.node.accepted() == 0);
        }
    }
}

TEST_CASE("H19 a bad local file fails before any network I/O and names the file") {
    scene s(speech::tls_1_3);
    connection_options client;
    client.tls(tls_options().ca_file("/nowhere/ca.pem"));
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), client, outcome));
    CHECK(outcome.failure.is(errc::bad_configuration));
    CHECK(std::string(outcome.failure.what()).find("/nowhere/ca.pem") != std::string::npos);
    CHECK(s.node.accepted() == 0);
}
