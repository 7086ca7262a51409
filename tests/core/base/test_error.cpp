#include <cocql/error.hpp>
#include <cocql/result.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace cocql;
using namespace std::chrono_literals;

TEST_CASE("R32 An error tells what failed, where, in which phase and why") {
    const auto cause =
        error(errc::io_failed, "connection reset by peer")
            .with(boost::system::errc::make_error_code(boost::system::errc::connection_reset));
    const auto failure = error(errc::connection_lost, "the connection ended")
                             .at("127.0.0.1:9142")
                             .in(phase::tls_handshake)
                             .because(cause);
    const std::string text = failure.what();
    CHECK(text.find("127.0.0.1:9142") != text.npos);
    CHECK(text.find("tls_handshake") != text.npos);
    CHECK(text.find("connection reset by peer") != text.npos);
    CHECK(failure.system_code() == boost::system::errc::connection_reset);
    CHECK(failure.has(errc::io_failed));
    CHECK(!failure.has(errc::timed_out));
    REQUIRE(failure.cause() != nullptr);
    CHECK(failure.cause()->code() == errc::io_failed);
    CHECK(failure.phase() == phase::tls_handshake);
}

TEST_CASE("R32 A request's error says whether the request may have reached the server") {
    const auto failure = error(errc::timed_out, "no answer")
                             .during("EXECUTE")
                             .at("h:1")
                             .with(request_outcome::maybe_executed);
    CHECK(std::string(failure.what()) ==
          "EXECUTE to h:1: no answer; the request may have been executed");
    CHECK(failure.outcome() == request_outcome::maybe_executed);
    CHECK(failure.operation() == "EXECUTE");
}

TEST_CASE("R32 A request's error says that the server answered; what opening failed of does not") {
    auto said = error(errc::server_error, "Invalid: no such table");
    said.with(request_outcome::answered);
    CHECK(std::string(said.what()) == "Invalid: no such table");
    said.during("QUERY").at("h:1");
    CHECK(std::string(said.what()) == "QUERY to h:1: Invalid: no such table; the server answered");
}

TEST_CASE("R32 A failed heartbeat does not say twice what became of the request") {
    const auto unanswered = error(errc::timed_out, "no answer")
                                .during("OPTIONS")
                                .at("h:1")
                                .with(request_outcome::maybe_executed);
    const auto heartbeat =
        error(errc::heartbeat_failed, "the peer did not answer the heartbeat").because(unanswered);
    // Of the connection: there is no request of the caller's.
    CHECK(std::string(heartbeat.what()) ==
          "the peer did not answer the heartbeat: OPTIONS to h:1: no answer");
    const auto failed = [&](request_outcome outcome) {
        return std::string(error(errc::heartbeat_failed, "the request failed")
                               .during("QUERY")
                               .at("h:1")
                               .because(heartbeat)
                               .with(outcome)
                               .what());
    };
    const std::string story = "QUERY to h:1: the request failed: the peer did not answer the "
                              "heartbeat: OPTIONS to h:1: no answer";
    CHECK(failed(request_outcome::maybe_executed) ==
          story + "; the request may have been executed");
    CHECK(failed(request_outcome::not_sent) == story + "; the request was not sent");
}

TEST_CASE("R32 What can be done is told once, whoever of the chain knew it") {
    const auto refused = [](const char* where) {
        return error(errc::io_failed, "refused").at(where).with_advice("check the port");
    };
    auto none = error(errc::connect_failed, "no address accepted").with_advice("check the port");
    none.with_attempts({refused("[::1]:1"), refused("127.0.0.1:1").with_advice("wait")});
    CHECK(std::string(none.what()) == "no address accepted; tried [::1]:1: refused; "
                                      "127.0.0.1:1: refused; wait; check the port");
    const auto failed = error(errc::connection_lost, "the request failed")
                            .during("QUERY")
                            .because(refused("h:1"))
                            .with(request_outcome::not_sent);
    CHECK(std::string(failed.what()) == "QUERY: the request failed: h:1: refused; "
                                        "the request was not sent; check the port");
    CHECK(failed.advice() == "check the port");
    auto told = failed;
    CHECK(std::string(told.with_advice("try again").what()) ==
          "QUERY: the request failed: h:1: refused; the request was not sent; try again");
}

TEST_CASE("R32 Of several attempts each says what became of it, unless the whole does") {
    std::vector<error> attempts{
        error(errc::timed_out, "late").with(request_outcome::not_sent),
        error(errc::timed_out, "later").with(request_outcome::maybe_executed)};
    auto failure = error(errc::timed_out, "no node answered").with_attempts(attempts);
    CHECK(std::string(failure.what()) == "no node answered; tried late; the request was not sent; "
                                         "later; the request may have been executed");
    CHECK(std::string(failure.with(request_outcome::maybe_executed).what()) ==
          "no node answered; tried late; later; the request may have been executed");
}

TEST_CASE("R32 The phase is named once, and not taken for named by a word that contains it") {
    const auto text_of = [](const char* message) {
        return std::string(error(errc::authentication_required, message).in(phase::auth).what());
    };
    CHECK(text_of("timed out in auth") == "timed out in auth");
    CHECK(text_of("auth failed") == "auth failed");
    CHECK(text_of("a login (org.apache.cassandra.auth.X) is wanted") ==
          "a login (org.apache.cassandra.auth.X) is wanted (in auth)");
    CHECK(text_of("no author") == "no author (in auth)");
}

TEST_CASE("D7 The time each phase took stands in the text") {
    const auto failure = error(errc::timed_out, "timed out in tls_handshake after 5.00 s")
                             .in(phase::tls_handshake, {{phase::resolve, 10ms},
                                                        {phase::tcp_connect, 40ms},
                                                        {phase::tls_handshake, 4950ms}});
    CHECK(std::string(failure.what()) ==
          "timed out in tls_handshake after 5.00 s (resolve 0.01, tcp 0.04, tls 4.95)");
}

TEST_CASE("A changed copy leaves the original as it was") {
    const error original(errc::timed_out, "no answer");
    auto copy = original;
    copy.at("h:1").with_tls_alert(116).with_x509(62).with_advice("wait");
    CHECK(original.endpoint().empty());
    CHECK(!original.tls_alert());
    CHECK(copy.endpoint() == "h:1");
    CHECK(copy.tls_alert() == 116);
    CHECK(copy.x509_code() == 62);
    CHECK(copy.advice() == "wait");
}

TEST_CASE("TLS alert, X.509 code and server error are found along the chain of causes") {
    server_error said;
    said.code = server_error_code::overloaded;
    const auto failure =
        error(errc::connection_lost, "a")
            .because(
                error(errc::tls_failed, "b")
                    .because(
                        error(errc::tls_failed, "c").with_tls_alert(42).with_x509(20).with(said)));
    CHECK(failure.tls_alert() == 42);
    CHECK(failure.x509_code() == 20);
    REQUIRE(failure.server() != nullptr);
    CHECK(failure.server()->code == server_error_code::overloaded);
}

TEST_CASE("An error without content can be asked everything") {
    const error none;
    CHECK(none.code() == errc::ok);
    CHECK(std::string(none.what()) == "no error");
    CHECK(none.cause() == nullptr);
    CHECK(none.attempts().empty());
    CHECK(!none.phase());
    CHECK(none.server() == nullptr);
}

TEST_CASE("A result throws its own error") {
    const result<int> failed = error(errc::not_found, "no such column");
    try {
        static_cast<void>(failed.value());
        FAIL("value() returned");
    } catch (const error& thrown) {
        CHECK(thrown.is(errc::not_found));
        CHECK(std::string(thrown.what()) == "no such column");
    }
}

TEST_CASE("Every kind of error has a name") {
    for (int code = 0; code <= static_cast<int>(errc::io_failed); ++code) {
        CHECK(!to_string(static_cast<errc>(code)).empty());
        CHECK(to_string(static_cast<errc>(code)) != "unknown");
    }
}

TEST_CASE("An error that several addresses led to lists the attempts") {
    const auto failure = error(errc::connect_failed, "no address accepted")
                             .with_attempts({error(errc::io_failed, "refused").at("[::1]:1"),
                                             error(errc::io_failed, "refused").at("127.0.0.1:1")});
    const std::string text = failure.what();
    CHECK(text.find("[::1]:1") < text.find("127.0.0.1:1"));
    CHECK(failure.attempts().size() == 2);
}
