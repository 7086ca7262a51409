#include "live.hpp"
#include "schema.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <memory>

// The fourteen cases of the upstream TLS suite (tests/README.md, section T) against a real server,
// each with TLS 1.3 and with TLS 1.2.

namespace asio = boost::asio;
using namespace cocql;

namespace {

tls_options only(tls_version version) {
    tls_options tls;
    tls.minimum_version(version).maximum_version(version);
    return tls;
}

tls_options with_ca(tls_version version, tls_verify verify) {
    auto tls = only(version);
    tls.ca_file(live::variable("COCQL_CA")).verify(verify);
    return tls;
}

tls_options with_certificate(tls_version version, tls_verify verify) {
    auto tls = with_ca(version, verify);
    tls.certificate_file(live::variable("COCQL_CLIENT_CERT"))
        .key_file(live::variable("COCQL_CLIENT_KEY"));
    return tls;
}

std::string name_of(tls_version version) {
    return version == tls_version::v1_3 ? "TLSv1.3" : "TLSv1.2";
}

/// Connects, makes a table, writes and reads, and lets the server say by what it was reached.
asio::awaitable<void> works(endpoint where, tls_options tls, tls_version version) {
    auto opened = co_await as_result(connection::open(where, live::login(std::move(tls))));
    REQUIRE_MESSAGE(opened.has_value(), std::string(opened.error().what()));
    auto connection = *opened;
    CHECK(connection.peer().tls_version == name_of(version));
    co_await live::have_keyspace(connection, "tls_suite");
    co_await live::change_schema(
        connection, "CREATE TABLE IF NOT EXISTS tls_suite.t (k int PRIMARY KEY, v text)");
    co_await connection.query("INSERT INTO tls_suite.t (k, v) VALUES (1, 'over TLS')");
    auto page = co_await connection.query("SELECT v FROM tls_suite.t WHERE k = 1");
    REQUIRE(page.size() == 1);
    auto cell = page.front()[0].decode();
    CHECK(*cell == value("over TLS"));
    co_await connection.close();
}

asio::awaitable<error> fails(endpoint where, tls_options tls) {
    auto opened = co_await as_result(connection::open(where, live::login(std::move(tls))));
    REQUIRE_MESSAGE(!opened.has_value(), "it connected, which it must not");
    co_return opened.error();
}

std::shared_ptr<asio::ssl::context> ready_context(tls_version version) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    const int native = version == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX_set_min_proto_version(context->native_handle(), native);
    SSL_CTX_set_max_proto_version(context->native_handle(), native);
    context->load_verify_file(live::variable("COCQL_CA"));
    return context;
}

template <class Test>
void with_both_versions(Test test) {
    for (const auto version : {tls_version::v1_3, tls_version::v1_2}) {
        INFO(name_of(version));
        test(version);
    }
}

bool is_name_mismatch(const error& failure) {
    return failure.x509_code() == 62 || failure.x509_code() == 64;
}

} // namespace

TEST_CASE("T tls 1: a CA alone, names unchecked, works") {
    with_both_versions([](auto version) {
        live::run(works(live::tls(), with_ca(version, tls_verify::ca), version));
    });
}

namespace {
asio::awaitable<void> query_over_time(tls_version version) {
    auto connection =
        co_await connection::open(live::tls(), live::login(with_ca(version, tls_verify::ca)));
    asio::steady_timer pause(connection.get_executor());
    for (int i = 0; i < 20; ++i) {
        auto page = co_await connection.query("SELECT key FROM system.local");
        CHECK(page.size() == 1);
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_await connection.close();
}
} // namespace

TEST_CASE("T tls 2: a long-running connection answers every query spread over time") {
    with_both_versions([](auto version) { live::run(query_over_time(version)); });
}

TEST_CASE("T tls 3: a CA and the host's address among the certificate's works") {
    with_both_versions([](auto version) {
        live::run(works(live::tls(), with_ca(version, tls_verify::full), version));
    });
}

TEST_CASE("T tls 4: client authentication works") {
    with_both_versions([](auto version) {
        live::run(works(live::mtls(), with_certificate(version, tls_verify::ca), version));
    });
}

TEST_CASE("T tls 5: client authentication with the host's name checked works") {
    with_both_versions([](auto version) {
        live::run(works(live::mtls(), with_certificate(version, tls_verify::full), version));
    });
}

TEST_CASE("T tls 6: without a client certificate the error names the missing certificate") {
    with_both_versions([](auto version) {
        const auto failure = live::run(fails(live::mtls(), with_ca(version, tls_verify::ca)));
        INFO(std::string(failure.what()));
        CHECK(failure.has(errc::client_certificate_required));
        CHECK(std::string(failure.what()).find("client certificate") != std::string::npos);
        if (version == tls_version::v1_3) {
            REQUIRE(failure.tls_alert().has_value());
            CHECK(std::string(failure.what()).find("alert") != std::string::npos);
        }
    });
}

TEST_CASE("E10 a client certificate that a real server refuses is named, whatever it says") {
    with_both_versions([](auto version) {
        for (const std::string name : {"wrong_ca_client", "expired", "self_signed"}) {
            INFO(name);
            auto tls = with_ca(version, tls_verify::ca);
            tls.certificate_file(live::certificate(name + ".pem"))
                .key_file(live::certificate(name + ".key"));
            const auto failure = live::run(fails(live::mtls(), tls));
            INFO(std::string(failure.what()));
            CHECK(failure.has(errc::client_certificate_refused));
            CHECK(std::string(failure.what())
                      .find("the client certificate that was sent (CN=cocql") != std::string::npos);
            CHECK(!failure.advice().empty());
        }
    });
}

TEST_CASE("T tls 7: a key file given as certificate fails before any connection") {
    with_both_versions([](auto version) {
        auto tls = with_ca(version, tls_verify::ca);
        tls.certificate_file(live::variable("COCQL_CLIENT_KEY"))
            .key_file(live::variable("COCQL_CLIENT_KEY"));
        const auto failure = live::run(fails(live::mtls(), tls));
        INFO(std::string(failure.what()));
        CHECK(failure.is(errc::bad_configuration));
        CHECK(std::string(failure.what()).find(live::variable("COCQL_CLIENT_KEY")) !=
              std::string::npos);
    });
}

TEST_CASE("T tls 8: a name that is not in the certificate is refused by its code") {
    with_both_versions([](auto version) {
        for (const char* name : {"wrong.example", "127.99.99.99"}) {
            auto tls = with_ca(version, tls_verify::full);
            tls.server_hostname(name);
            const auto failure = live::run(fails(live::tls(), tls));
            INFO(std::string(failure.what()));
            CHECK(failure.has(errc::certificate_rejected));
            CHECK(is_name_mismatch(failure));
        }
    });
}

namespace {
asio::awaitable<void> write_and_read_long_value(tls_version version) {
    auto connection =
        co_await connection::open(live::tls(), live::login(with_ca(version, tls_verify::ca)));
    co_await live::have_keyspace(connection, "tls_suite");
    co_await live::change_schema(
        connection, "CREATE TABLE IF NOT EXISTS tls_suite.t (k int PRIMARY KEY, v text)");
    // Of servers only ScyllaDB lets a statement say how long it may take; on a slow machine its own
    // two seconds are not enough for so long a value.
    const std::string patient = live::is_scylla(connection) ? " USING TIMEOUT 120s" : "";
    auto insert =
        co_await connection.prepare("INSERT INTO tls_suite.t (k, v) VALUES (?, ?)" + patient);
    std::string text(10'000'000, ' ');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>('a' + i * 7 % 26);
    std::vector<value> values{2, text};
    co_await connection.execute(insert, values);
    auto page = co_await connection.query("SELECT v FROM tls_suite.t WHERE k = 2" + patient);
    REQUIRE(page.size() == 1);
    auto cell = page.front()[0].decode();
    REQUIRE(cell.has_value());
    const bool same = *cell == value(text);
    CHECK(same);
    co_await connection.query("DELETE FROM tls_suite.t WHERE k = 2");
    co_await connection.close();
}
} // namespace

TEST_CASE("T tls 9: a value of 10,000,000 characters is written and read back") {
    with_both_versions([](auto version) { live::run(write_and_read_long_value(version)); });
}

TEST_CASE("T tls 10: a ready context works") {
    with_both_versions([](auto version) {
        tls_options tls;
        tls.context(ready_context(version)).verify(tls_verify::ca);
        live::run(works(live::tls(), tls, version));
    });
}

TEST_CASE(
    "T tls 11: an encrypted key works, and with a wrong password fails before any connection") {
    with_both_versions([](auto version) {
        auto tls = with_ca(version, tls_verify::ca);
        tls.certificate_file(live::variable("COCQL_CLIENT_CERT"))
            .key_file(live::variable("COCQL_CLIENT_KEY_ENCRYPTED"));
        auto right = tls;
        right.key_password(live::variable("COCQL_CLIENT_KEY_PASSWORD"));
        live::run(works(live::mtls(), right, version));
        for (const char* secret : {"", "not the password"}) {
            auto wrong = tls;
            wrong.key_password(secret);
            const auto failure = live::run(fails(live::mtls(), wrong));
            INFO(std::string(failure.what()));
            CHECK(failure.is(errc::bad_configuration));
            CHECK(std::string(failure.what()).find(live::variable("COCQL_CLIENT_KEY_ENCRYPTED")) !=
                  std::string::npos);
            CHECK(std::string(failure.what()).find("not the password") == std::string::npos);
        }
    });
}

TEST_CASE("T tls 12: a ready context with a client certificate and the name checked works") {
    with_both_versions([](auto version) {
        auto context = ready_context(version);
        context->use_certificate_chain_file(live::variable("COCQL_CLIENT_CERT"));
        context->use_private_key_file(live::variable("COCQL_CLIENT_KEY"), asio::ssl::context::pem);
        tls_options tls;
        tls.context(context);
        live::run(works(live::mtls(), tls, version));
    });
}

TEST_CASE("T tls 13: a ready context with a wrong name is refused by the verification itself") {
    with_both_versions([](auto version) {
        tls_options tls;
        tls.context(ready_context(version)).server_hostname("wrong.example");
        const auto failure = live::run(fails(live::tls(), tls));
        INFO(std::string(failure.what()));
        CHECK(failure.has(errc::certificate_rejected));
        CHECK(is_name_mismatch(failure));
    });
}

TEST_CASE(
    "T tls 14: a context of the system's making plus the CA works, with everything verified") {
    with_both_versions([](auto version) {
        auto context = ready_context(version);
        context->set_default_verify_paths();
        tls_options tls;
        tls.context(context);
        live::run(works(live::tls(), tls, version));
    });
}

TEST_CASE("H18 without a CA file the system's authorities decide, and refuse the test's own") {
    with_both_versions([](auto version) {
        const auto failure = live::run(fails(live::tls(), only(version)));
        INFO(std::string(failure.what()));
        CHECK(failure.has(errc::certificate_rejected));
        CHECK((failure.x509_code() == 19 || failure.x509_code() == 20));
    });
}

TEST_CASE("T tls wrong CA: a certificate of another authority is refused") {
    with_both_versions([](auto version) {
        auto tls = only(version);
        tls.ca_file(live::certificate("wrong_ca.pem")).verify(tls_verify::ca);
        const auto failure = live::run(fails(live::tls(), tls));
        INFO(std::string(failure.what()));
        CHECK(failure.has(errc::certificate_rejected));
    });
}
