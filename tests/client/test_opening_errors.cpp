#include "deaf_listener.hpp"
#include "error_story.hpp"
#include "opening_by_name.hpp"
#include "staged.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::node_fault;
using testing::silence;

namespace {

void fails(speech how, testing::node_options options, connection_options client, story expected) {
    scene s(how, std::move(options));
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), std::move(client), outcome));
    expected.is_told_by(outcome.failure, s.node.where().to_string());
}

testing::node_options refusing(wire::opcode opcode) {
    auto options = with_login();
    server_error said;
    said.code = server_error_code::overloaded;
    said.message = "too busy";
    options.refused[opcode] = said;
    return options;
}

} // namespace

TEST_CASE("R32 opening: nobody listens, no address, no answer to TCP") {
    asio::io_context context(1);
    asio::ip::tcp::acceptor bound(context); // and not listening
    bound.open(asio::ip::tcp::v4());
    bound.bind({asio::ip::address_v4::loopback(), 0});
    const endpoint dead("127.0.0.1", bound.local_endpoint().port());
    failed_opening refused;
    run(context, fail_to_open(dead, connection_options(), refused));
    story(errc::connect_failed, {"cannot connect: Connection refused", "in tcp_connect; ",
                                 "check the address and the port"})
        .is_told_by(refused.failure, dead.to_string());
    // The name server that is asked is the test's.
    context.restart();
    name_server names(context);
    const endpoint unknown("no-such-host.test", 9042);
    const auto connection = opening_by_name(context, names, unknown);
    std::optional<result<void>> opened;
    start(context, open_to_fail(connection, opened));
    while (!opened)
        context.run_one();
    story(errc::resolve_failed, {"cannot resolve 'no-such-host.test': Host not found", "(resolve ",
                                 "check the host name"})
        .is_told_by(opened->error(), unknown.to_string());
}

TEST_CASE("R32 opening: what TLS refuses") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        auto stranger = client_of(how);
        stranger.tls(tls_options().ca_file(certificate("wrong_ca.pem")));
        fails(
            how, {}, stranger,
            story(errc::certificate_rejected,
                  {"the server's certificate was rejected", "in tls_handshake; ",
                   "unable to get local issuer certificate", "X.509 code 20", "give the CA file"}));
        auto misnamed = node_of(how);
        misnamed.tls->certificate_file = certificate("wrong_name.pem");
        misnamed.tls->key_file = certificate("wrong_name.key");
        fails(speech::plain, misnamed, client_of(how),
              story(errc::certificate_rejected,
                    {"the server's certificate was rejected", "in tls_handshake; ",
                     "IP address mismatch", "X.509 code 64", "by a name that is in"}));
        fails(speech::plain, {}, client_of(how),
              story(errc::tls_failed, {"the TLS handshake failed", "in tls_handshake; ",
                                       "wrong version number", "does not speak TLS"}));
        auto demanding = node_of(how);
        demanding.tls->client_ca_file = certificate("ca.pem");
        demanding.tls->client_certificate_required = true;
        fails(speech::plain, demanding, client_of(how),
              story(errc::client_certificate_required,
                    {"the server asked for a client certificate and none was sent",
                     how == speech::tls_1_2 ? "in tls_handshake; " : "in options; ",
                     how == speech::tls_1_2 ? "TLS alert 40, handshake failure"
                                            : "TLS alert 116, certificate required",
                     "give a client certificate"}));
    }
}

namespace {

/// Answers the first request of one connection by these bytes, in packets of that size, and ends
/// it.
asio::awaitable<void> answer_once(asio::ip::tcp::acceptor& acceptor, std::string bytes,
                                  std::size_t piece) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(asio::ip::tcp::no_delay(true));
    std::array<char, 100> request{};
    co_await socket.async_read_some(asio::buffer(request), asio::use_awaitable);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto part = bytes.substr(at, piece);
        co_await asio::async_write(socket, asio::buffer(part), asio::use_awaitable);
        // The client's turn: it reads what is there.
        for (int i = 0; i < 3; ++i)
            co_await asio::post(socket.get_executor(), asio::use_awaitable);
    }
}

} // namespace

TEST_CASE("R32 opening: a plain connection to a port that wants TLS is told so") {
    const std::string alert("\x15\x03\x03\x00\x02\x02\x0a", 7);
    for (std::size_t size = 1; size <= alert.size(); ++size)
        for (const std::size_t piece : {1u, 3u, 7u}) {
            INFO(size << " bytes by " << piece);
            asio::io_context context(1);
            asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
            const endpoint where("127.0.0.1", acceptor.local_endpoint().port());
            start(context, answer_once(acceptor, alert.substr(0, size), piece));
            failed_opening outcome;
            run(context, fail_to_open(where, connection_options(), outcome));
            const bool whole = size == alert.size();
            story(errc::tls_required,
                  {whole ? "the port wants TLS: it answered a plain connection with TLS alert 10"
                         : "the port is likely to want TLS",
                   "in options; ", "turn TLS on"})
                .is_told_by(outcome.failure, where.to_string());
            if (whole)
                CHECK(outcome.failure.tls_alert() == 10);
            else
                CHECK(outcome.failure.has(errc::connection_lost));
        }
}

TEST_CASE("R32 opening: a plain connection to a server of OpenSSL, which may say nothing, is told "
          "of TLS") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        scene s(how);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), connection_options(), outcome));
        const auto& failure = outcome.failure;
        INFO(std::string(failure.what()));
        CHECK(failure.phase() == phase::options);
        CHECK((failure.is(errc::tls_required) || failure.is(errc::connection_lost)));
        CHECK(std::string(failure.advice()).find("turn TLS on") != std::string::npos);
    }
}

TEST_CASE("R32 opening: what the server refuses") {
    for_each_speech([](speech how) {
        for (const auto& [opcode, phase] : std::vector<std::pair<wire::opcode, std::string>>{
                 {wire::opcode::options, "options"},
                 {wire::opcode::startup, "startup"},
                 {wire::opcode::register_, "register_events"},
                 {wire::opcode::query, "use_keyspace"}})
            fails(
                how, refusing(opcode), wanting_everything(how),
                story(errc::server_error, {"the server refused " + phase, "Overloaded: too busy"}));
        testing::node_options future;
        future.lowest_version = future.highest_version = 9;
        fails(how, future, client_of(how),
              story(errc::unsupported_protocol_version,
                    {"the server does not speak protocol version 3", "in options; ",
                     "Protocol_error: Invalid or unsupported protocol version"}));
        auto wrong = client_of(how);
        wrong.login("user", "hunter2");
        fails(how, with_login(), wrong,
              story(errc::authentication_failed,
                    {"the server refused the login", "in auth; ",
                     "Authentication_error: Username and/or password are incorrect",
                     "check the user name and the password"}));
        fails(how, with_login(), client_of(how),
              story(errc::authentication_required,
                    {"the server wants a login (org.apache.cassandra.auth.PasswordAuthenticator) "
                     "and none is configured",
                     "in auth; ", "give a user name and a password"}));
    });
}

TEST_CASE("R32 opening: the peer ends the connection") {
    for_each_speech([](speech how) {
        for (const auto kind : {node_fault::goodbye, node_fault::truncate, node_fault::reset}) {
            INFO("fault " << static_cast<int>(kind));
            auto options = with_login();
            options.fault_after = 0;
            options.fault = kind;
            const bool truncated = kind == node_fault::truncate && how != speech::plain;
            fails(how, options, wanting_everything(how),
                  story(errc::connection_lost,
                        {kind == node_fault::reset ? "Connection reset by peer"
                         : truncated               ? "without TLS close_notify (truncated)"
                                     : "the peer closed the connection during options",
                         "options"}));
        }
    });
}

TEST_CASE("D6 D7 R32 opening: out of time in each phase, to the hundredth") {
    class stuck {
      public:
        silence where;
        std::string phase;
        wire::opcode last;
        std::string times;
    };
    const std::string tls = "resolve 0.00, tcp 0.00, tls ";
    const std::vector<stuck> places{
        {silence::at_accept, "tls_handshake", wire::opcode::error, tls + "5.00)"},
        {silence::in_server_hello, "tls_handshake", wire::opcode::error, tls + "5.00)"},
        {silence::at_options, "options", wire::opcode::options, tls + "0.00, options 5.00)"},
        {silence::at_startup, "startup", wire::opcode::startup,
         tls + "0.00, options 0.00, startup 5.00)"},
        {silence::at_auth, "auth", wire::opcode::auth_response,
         tls + "0.00, options 0.00, startup 0.00, auth 5.00)"},
        {silence::at_register, "register_events", wire::opcode::register_,
         tls + "0.00, options 0.00, startup 0.00, auth 0.00, register 5.00)"},
        {silence::at_query, "use_keyspace", wire::opcode::query,
         tls + "0.00, options 0.00, startup 0.00, auth 0.00, register 0.00, use_keyspace 5.00)"},
    };
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const auto& each : places) {
            INFO(name_of(how) << ", " << each.phase);
            staged s(how, silent(each.where), wanting_everything(how));
            s.begin_to_open();
            s.until([&] {
                return each.last == wire::opcode::error ? s.node.accepted() == 1
                                                        : s.node.count(each.last) == 1;
            });
            s.clock.advance(std::chrono::milliseconds(4999));
            s.poll();
            CHECK(!s.opened.has_value());
            s.clock.advance(std::chrono::milliseconds(1));
            s.until([&] { return s.opened.has_value(); });
            REQUIRE(!*s.opened);
            story(errc::timed_out, {"timed out in " + each.phase + " after 5.00 s (" + each.times})
                .is_told_by(s.opened->error(), s.where());
        }
}

TEST_CASE("D6 D7 R32 opening: out of time in tcp_connect") {
    testing::manual_clock clock;
    asio::io_context context(1);
    const deaf_listener deaf(context, asio::ip::address_v4::loopback());
    const endpoint where("127.0.0.1", deaf.port());
    const auto connection = std::make_shared<client::implementation>(context.get_executor(), where,
                                                                     connection_options(), clock);
    std::optional<result<void>> opened;
    const auto open = [&]() -> asio::awaitable<void> {
        auto outcome = co_await connection->open();
        opened = outcome;
    };
    start(context, open());
    context.poll();
    clock.advance(std::chrono::seconds(5));
    context.restart();
    context.run();
    REQUIRE(opened.has_value());
    story(errc::timed_out, {"timed out in tcp_connect after 5.00 s (resolve 0.00, tcp 5.00)"})
        .is_told_by(opened->error(), where.to_string());
}

TEST_CASE("R32 opening: ended by close and by cancellation, in each phase") {
    for_each_speech([](speech how) {
        for (const auto& each : std::vector<std::tuple<silence, std::string, wire::opcode>>{
                 {silence::at_options, "options", wire::opcode::options},
                 {silence::at_startup, "startup", wire::opcode::startup},
                 {silence::at_auth, "auth", wire::opcode::auth_response}}) {
            // By copy: clang does not let structured bindings into lambdas, INFO's included.
            const auto where = std::get<0>(each);
            const auto phase = std::get<1>(each);
            const auto message = std::get<2>(each);
            INFO(phase);
            {
                staged s(how, silent(where), wanting_everything(how));
                s.begin_to_open();
                s.until([&] { return s.node.count(message) == 1; });
                start(s.context, s.connection->close());
                s.until([&] { return s.opened.has_value(); });
                story(errc::connection_closed, {"the connection was closed", "in " + phase + "; "})
                    .is_told_by(s.opened->error(), s.where());
            }
            scene s(how, silent(where));
            asio::cancellation_signal signal;
            std::optional<result<connection>> outcome;
            const auto work = [&]() -> asio::awaitable<void> {
                asio::co_spawn(
                    s.context, as_result(connection::open(s.node.where(), wanting_everything(how))),
                    asio::bind_cancellation_slot(
                        signal.slot(), [&](std::exception_ptr thrown, result<connection> ended) {
                            rethrow(thrown);
                            outcome = std::move(ended);
                        }));
                co_await until([&] { return s.node.count(message) == 1; });
                signal.emit(asio::cancellation_type::terminal);
                co_await until([&] { return outcome.has_value(); });
            };
            s.run(work());
            story(errc::cancelled, {"opening was cancelled", "in " + phase + "; "})
                .is_told_by(outcome->error(), s.node.where().to_string());
        }
    });
}
