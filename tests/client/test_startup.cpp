#include "node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

testing::node_options leaving() {
    auto options = echo();
    options.highest_version = 5;
    options.offers["GRACEFUL_DISCONNECT"] = {"true"};
    return options;
}

asio::awaitable<void> ask_and_keep(connection& of, std::optional<result<page>>& answer) {
    auto asking = of.query("SELECT slow");
    answer = co_await as_result(std::move(asking));
}

/// Opens with a certificate; what the connection says of how it was let in.
asio::awaitable<void> see_how(endpoint where, connection_options options, authenticated_by& how) {
    auto opened = co_await connection::open(where, std::move(options));
    how = opened.authenticated();
    co_await opened.close();
}

} // namespace

TEST_CASE("THROW_ON_OVERLOAD is said where it is wanted, and by whoever says it himself as he "
          "says it") {
    scene s(speech::plain, echo());
    s.run([](scene& s) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            connection_options options;
            if (i != 0)
                options.throw_on_overload();
            if (i == 2)
                options.startup_option("THROW_ON_OVERLOAD", "0");
            auto opened = co_await connection::open(s.node.where(), options);
            co_await opened.close();
        }
    }(s));
    REQUIRE(s.node.clients().size() == 3);
    CHECK(!s.node.clients()[0].options.contains("THROW_ON_OVERLOAD"));
    CHECK(s.node.clients()[1].options.at("THROW_ON_OVERLOAD") == "1");
    CHECK(s.node.clients()[2].options.at("THROW_ON_OVERLOAD") == "0");
    for (const auto& each : s.node.clients()) {
        CHECK(!each.options.contains("SESSION_ID")); // which a session has
        CHECK(!each.options.contains("DRIVER_CONFIG"));
        CHECK(each.events.empty());
    }
}

TEST_CASE("A connection that its node is about to end answers what it has, takes no more, and "
          "closes") {
    for_each_speech([](speech how) {
        auto options = leaving();
        options.delay = [](const std::string& cql) { return cql == "SELECT slow" ? 1000ms : 0ms; };
        scene s(how, options);
        s.run([](scene& s, speech how) -> asio::awaitable<void> {
            auto wanted = client_of(how);
            std::vector<connection_state> told;
            wanted.watch([&told](const connection_state& now) { told.push_back(now); });
            auto opened = co_await connection::open(s.node.where(), wanted);
            std::optional<result<page>> answer;
            start(s.context, ask_and_keep(opened, answer));
            co_await until([&] { return opened.state().in_flight == 1; });
            s.node.tell(graceful_disconnect{});
            co_await until([&] { return opened.state().draining; });
            CHECK(!answer);
            auto asking = opened.query("SELECT more");
            const auto refused = co_await as_result(std::move(asking));
            REQUIRE(!refused);
            CHECK(refused.error().has(errc::connection_draining));
            CHECK(refused.error().outcome() == request_outcome::not_sent);
            co_await until([&] { return told.size() == 2; });
            REQUIRE(answer);
            CHECK(answer->has_value());
            CHECK(told[0].draining);
            CHECK(!told[1].draining);
            CHECK(!told[1].open);
            co_await opened.close();
        }(s, how));
        CHECK(s.node.clients().at(0).events == std::vector<std::string>{"GRACEFUL_DISCONNECT"});
    });
}

TEST_CASE("The event is the application's where it has asked for it, and nobody's who has not, and "
          "it is not registered for where that is turned off") {
    scene s(speech::plain, leaving());
    s.run([](scene& s) -> asio::awaitable<void> {
        int heard = 0;
        const auto count = [&heard](const event& happened) {
            heard += std::holds_alternative<graceful_disconnect>(happened) ? 1 : 0;
        };
        connection_options mine;
        mine.events({event_type::graceful_disconnect}, count);
        auto one = co_await connection::open(s.node.where(), mine);
        s.node.tell(graceful_disconnect{});
        co_await until([&] { return !one.state().open; });
        CHECK(heard == 1);
        connection_options others;
        others.events({event_type::schema_change}, count);
        auto two = co_await connection::open(s.node.where(), others);
        s.node.tell(graceful_disconnect{});
        co_await until([&] { return !two.state().open; });
        CHECK(heard == 1);
        connection_options unwilling;
        unwilling.graceful_disconnect(false);
        auto three = co_await connection::open(s.node.where(), unwilling);
        CHECK(s.node.clients().back().events.empty());
        s.node.tell(graceful_disconnect{});
        auto asking = three.query("SELECT 1");
        const auto answered = co_await as_result(std::move(asking));
        CHECK(answered.has_value());
        co_await three.close();
        co_await two.close();
        co_await one.close();
    }(s));
}

TEST_CASE("A connection says how its server has learned whose it is") {
    const auto wants_certificate = [](const std::string& user) {
        auto options = node_of(speech::tls_1_3, echo());
        options.tls->client_ca_file = certificate("ca.pem");
        options.tls->client_certificate_required = true;
        options.user = user;
        options.secret = "secret";
        return options;
    };
    connection_options with_certificate;
    with_certificate.login("user", "secret");
    with_certificate.tls(tls_options()
                             .ca_file(certificate("ca.pem"))
                             .certificate_file(certificate("client.pem"))
                             .key_file(certificate("client.key")));
    auto how = authenticated_by::login;
    {
        scene s(speech::plain, wants_certificate(""));
        s.run(see_how(s.node.where(), with_certificate, how));
        CHECK(how == authenticated_by::certificate);
        CHECK(to_string(how) == "certificate");
    }
    {
        scene s(speech::plain, wants_certificate("user"));
        s.run(see_how(s.node.where(), with_certificate, how));
        CHECK(how == authenticated_by::login);
    }
    {
        // It has one, and is not asked for it.
        scene s(speech::tls_1_3, echo());
        s.run(see_how(s.node.where(), with_certificate, how));
        CHECK(how == authenticated_by::nothing);
    }
    {
        how = authenticated_by::login;
        scene s(speech::plain, echo());
        s.run(see_how(s.node.where(), connection_options().login("user", "secret"), how));
        CHECK(how == authenticated_by::nothing);
    }
    CHECK(connection().authenticated() == authenticated_by::nothing);
}
