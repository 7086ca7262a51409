#include "deaf_listener.hpp"
#include "io/connect/address_race.hpp"
#include "io/connect/connector.hpp"
#include "io/name_server.hpp"
#include "io/streams.hpp"
#include "testing/manual_clock.hpp"

#include <boost/asio/strand.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;
using asio::ip::tcp;
using stream_result = result<std::unique_ptr<io::byte_stream>>;

namespace {

asio::awaitable<void> connect_into(endpoint where, const io::tls_client_settings* tls,
                                   io::clock& clock, io::budget& budget, io::interruption& stop,
                                   io::connector_settings how,
                                   std::optional<stream_result>& outcome) {
    auto connected = co_await io::connect(where, tls, clock, budget, stop, std::move(how));
    outcome.emplace(std::move(connected));
}

/// One attempt to connect, on a clock of its own.
class attempt {
  public:
    explicit attempt(std::optional<base::duration> limit) : budget(clock.now(), limit) {}

    void begin(endpoint where) {
        start(context, connect_into(std::move(where), tls ? &*tls : nullptr, clock, budget, stop,
                                    settings(), outcome));
        poll();
    }
    void poll() {
        context.restart();
        while (context.poll() != 0) {
        }
    }
    void advance(base::duration time) {
        clock.advance(time);
        poll();
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }
    void finish() {
        until([this] { return outcome.has_value(); });
    }
    std::string failure() const {
        if (!outcome)
            return "not ended";
        return *outcome ? "connected to " + (**outcome)->peer().address : outcome->error().what();
    }

    io::connector_settings settings() {
        io::connector_settings how;
        how.names = names.settings();
        how.local_port = local_port;
        return how;
    }

    testing::manual_clock clock;
    asio::io_context context{1};
    std::uint16_t local_port = 0;
    name_server names{context};
    io::budget budget;
    io::interruption stop;
    std::optional<io::tls_client_settings> tls;
    std::optional<stream_result> outcome;
};

const asio::ip::address first = asio::ip::make_address("127.0.0.2");
const asio::ip::address second = asio::ip::make_address("127.0.0.3");
const asio::ip::address third = asio::ip::make_address("127.0.0.4");

tcp::acceptor listener(asio::io_context& context, const asio::ip::address& address) {
    return tcp::acceptor(context, tcp::endpoint(address, 0));
}

} // namespace

TEST_CASE("D6 the first address refuses, the second is connected to") {
    attempt a(5s);
    auto alive = listener(a.context, second);
    const auto port = alive.local_endpoint().port();
    a.names.set("two.test", {"127.0.0.2", "127.0.0.3"});
    a.begin(endpoint("two.test", port));
    a.finish();
    CHECK(a.failure() == "connected to 127.0.0.3:" + std::to_string(port));
    CHECK(a.budget.phases().current() == phase::tcp_connect);
}

TEST_CASE(
    "D6 an address that says nothing costs a quarter of a second, and is waited for meanwhile") {
    attempt a(6s);
    auto alive = listener(a.context, third);
    const auto port = alive.local_endpoint().port();
    const deaf_listener one(a.context, first, port);
    const deaf_listener two(a.context, second, port);
    a.names.set("three.test", {"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    a.begin(endpoint("three.test", port));
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(250ms);
    a.advance(249ms);
    CHECK(a.failure() == "not ended");
    a.advance(1ms);
    a.finish();
    CHECK(a.failure() == "connected to 127.0.0.4:" + std::to_string(port));
    a.names.stop();
    a.context.restart();
    CHECK(a.context.run_for(1s) < 10); // nothing of it is left to wait for
    CHECK(a.context.stopped());
}

TEST_CASE("D6 an address that answers late is connected to while those behind it say nothing") {
    attempt a(6s);
    auto late = std::make_optional<deaf_listener>(a.context, first);
    const auto port = late->port();
    const deaf_listener two(a.context, second, port);
    a.names.set("late.test", {"127.0.0.2", "127.0.0.3"});
    a.begin(endpoint("late.test", port));
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(250ms);
    CHECK(a.failure() == "not ended");
    late->make_room(); // the system tries again after a second
    a.finish();
    CHECK(a.failure() == "connected to 127.0.0.2:" + std::to_string(port));
}

TEST_CASE("D6 the next address is tried as soon as one refuses, whatever is left of a head start") {
    attempt a(6s);
    auto alive = listener(a.context, third);
    const auto port = alive.local_endpoint().port();
    const deaf_listener one(a.context, first, port);
    a.names.set("three.test", {"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    a.begin(endpoint("three.test", port));
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(250ms); // the second refuses at once
    a.finish();
    CHECK(a.failure() == "connected to 127.0.0.4:" + std::to_string(port));
}

TEST_CASE("D6 R32 every address refuses: the error tells each that was tried, and why") {
    attempt a(5s);
    auto taken = listener(a.context, third); // of its port, so that nobody else listens there
    const auto port = std::to_string(taken.local_endpoint().port());
    a.names.set("refusing.test", {"127.0.0.2", "127.0.0.3"});
    a.begin(endpoint("refusing.test", taken.local_endpoint().port()));
    a.finish();
    REQUIRE(!*a.outcome);
    const auto failure = a.outcome->error();
    CHECK(failure.is(errc::connect_failed));
    CHECK(failure.system_code() == asio::error::connection_refused);
    CHECK(failure.attempts().size() == 2);
    CHECK(a.failure().find("cannot connect to any of 2 addresses; tried 127.0.0.2:" + port +
                           ": Connection refused; 127.0.0.3:" + port + ": Connection refused") ==
          0);
}

TEST_CASE("R32 one address refuses, one says nothing until the end: both are told") {
    attempt a(4s);
    auto taken = listener(a.context, third);
    const auto port = taken.local_endpoint().port();
    const deaf_listener deaf(a.context, first, port);
    a.names.set("mixed.test", {"127.0.0.2", "127.0.0.3"});
    a.begin(endpoint("mixed.test", port));
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(250ms);
    a.advance(3'749ms);
    CHECK(a.failure() == "not ended");
    a.advance(1ms);
    CHECK(a.failure() == "timed out in tcp_connect after 4.00 s (resolve 0.00, tcp 4.00); tried "
                         "127.0.0.2:" +
                             std::to_string(port) + ": Connection timed out; 127.0.0.3:" +
                             std::to_string(port) + ": Connection refused");
}

TEST_CASE("D7 a name that does not resolve fails in the phase resolve") {
    attempt a(5s);
    a.begin(endpoint("unknown.test", 9042));
    a.finish();
    CHECK(a.outcome->error().is(errc::resolve_failed));
    CHECK(a.budget.phases().current() == phase::resolve);
}

TEST_CASE("D6 D7 D8 a look-up that lasts ends at the deadline, and the io_context with it") {
    attempt a(5s);
    a.names.set("slow.test", {"127.0.0.1"});
    held_names held(a.names);
    a.begin(endpoint("slow.test", 9042));
    a.advance(4'999ms);
    CHECK(a.failure() == "not ended");
    a.advance(1ms);
    CHECK(a.failure() == "timed out in resolve after 5.00 s (resolve 5.00)");
    a.names.stop();
    a.context.restart();
    CHECK(a.context.run_for(1s) < 10); // nothing of it is left to wait for
    CHECK(a.context.stopped());
}

TEST_CASE("D6 D7 TCP gets what resolving left of the budget, and the error tells each share") {
    attempt a(5s);
    const deaf_listener deaf(a.context, first);
    a.names.set("deaf.test", {"127.0.0.2"});
    held_names held(a.names);
    a.begin(endpoint("deaf.test", deaf.port()));
    a.advance(2s);
    held.release();
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(2'999ms);
    CHECK(a.failure() == "not ended");
    a.advance(1ms);
    CHECK(a.failure() == "timed out in tcp_connect after 5.00 s (resolve 2.00, tcp 3.00)");
}

TEST_CASE("D6 D7 the handshake gets what resolving and TCP left of the budget") {
    attempt a(5s);
    a.tls = io::tls_client_settings::prepare(trusting(tls_version::v1_3), "mute.test").value();
    auto mute = listener(a.context, second);
    const auto port = mute.local_endpoint().port();
    const deaf_listener deaf(a.context, first, port);
    a.names.set("mute.test", {"127.0.0.2", "127.0.0.3"});
    held_names held(a.names);
    a.begin(endpoint("mute.test", port));
    a.advance(1s);
    held.release();
    a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
    a.poll();
    a.advance(250ms); // after which the second is tried, too
    a.until([&] { return a.budget.phases().current() == phase::tls_handshake; });
    a.poll();
    a.advance(3'749ms);
    CHECK(a.failure() == "not ended");
    a.advance(1ms);
    CHECK(a.failure() ==
          "timed out in tls_handshake after 5.00 s (resolve 1.00, tcp 0.25, tls 3.75)");
}

TEST_CASE("D9 without a limit no phase ever times out") {
    const auto year = std::chrono::hours(24 * 365);
    attempt a(std::nullopt);
    auto mute = listener(a.context, first);
    const deaf_listener deaf(a.context, second);
    a.names.set("slow.test", {"127.0.0.2"});
    held_names held(a.names);
    a.tls = io::tls_client_settings::prepare(trusting(tls_version::v1_3), "slow.test").value();
    a.begin(endpoint("slow.test", mute.local_endpoint().port()));
    a.advance(year);
    CHECK(a.budget.phases().current() == phase::resolve);
    CHECK(a.failure() == "not ended");
    held.release();
    a.until([&] { return a.budget.phases().current() == phase::tls_handshake; });
    a.poll();
    a.advance(year);
    CHECK(a.failure() == "not ended");
    a.stop.interrupt(error(errc::cancelled, "enough"));
    a.finish();

    attempt b(std::nullopt);
    b.begin(endpoint("127.0.0.3", deaf.port()));
    b.advance(year);
    CHECK(b.budget.phases().current() == phase::tcp_connect);
    CHECK(b.failure() == "not ended");
    b.stop.interrupt(error(errc::cancelled, "enough"));
    b.finish();
}

TEST_CASE("X24 an interruption ends each phase at once and leaves no descriptor") {
    for (const auto where : {phase::resolve, phase::tcp_connect, phase::tls_handshake}) {
        INFO(std::string(to_string(where)));
        attempt a(5s);
        a.tls = io::tls_client_settings::prepare(trusting(tls_version::v1_3), "slow.test").value();
        const deaf_listener deaf(a.context, first);
        auto mute = listener(a.context, second);
        a.names.set("slow.test", {"127.0.0.3"});
        const held_names held(a.names);
        a.poll();
        const auto before = descriptors();
        if (where == phase::tcp_connect)
            a.begin(endpoint("127.0.0.2", deaf.port()));
        else
            a.begin(endpoint(where == phase::resolve ? "slow.test" : "127.0.0.3",
                             mute.local_endpoint().port()));
        a.until([&] { return a.budget.phases().current() == where; });
        a.poll();
        CHECK(a.failure() == "not ended");
        a.stop.interrupt(error(errc::cancelled, "enough"));
        a.poll();
        CHECK(a.failure() == "enough");
        CHECK(descriptors() == before);
    }
}

TEST_CASE("D6 a head start that is over just when the connection is there leaves one socket") {
    // On a strand the news of the connection may have to wait behind the alarm.
    for (std::size_t turns = 0; turns < 12; ++turns) {
        INFO(turns << " turns");
        attempt a(4s);
        a.names.set("late.test", {"127.0.0.3", "127.0.0.4"});
        auto alive = listener(a.context, second);
        a.poll();
        asio::co_spawn(asio::make_strand(a.context),
                       connect_into(endpoint("late.test", alive.local_endpoint().port()), nullptr,
                                    a.clock, a.budget, a.stop, a.settings(), a.outcome),
                       [](std::exception_ptr thrown) { CHECK(!thrown); });
        a.until([&] { return a.budget.phases().current() == phase::tcp_connect; });
        a.context.restart();
        for (std::size_t turn = 0; turn < turns; ++turn) {
            asio::post(a.context, [] {}); // a turn for itself after each look at the sockets
            a.context.poll_one();
        }
        a.clock.advance(250ms);
        a.finish();
        // The second refuses: that it was tried, too, changes nothing.
        CHECK(a.failure() ==
              "connected to 127.0.0.3:" + std::to_string(alive.local_endpoint().port()));
    }
}

TEST_CASE("D6 many dead addresses of one family do not come before all of the other") {
    attempt a(10s);
    tcp::acceptor alive(a.context, tcp::endpoint(asio::ip::address_v6::loopback(), 0));
    const auto port = alive.local_endpoint().port();
    const deaf_listener one(a.context, first, port);
    const deaf_listener two(a.context, second, port);
    const deaf_listener three(a.context, third, port);
    using addresses = std::vector<tcp::endpoint>;
    io::address_race::outcome outcome;
    bool is_over = false;
    std::make_shared<io::address_race>(
        a.context.get_executor(), a.clock,
        addresses{{first, port}, {second, port}, {third, port}, alive.local_endpoint()}, 0, outcome)
        ->begin([&] { is_over = true; });
    a.poll();
    CHECK(!is_over);
    a.clock.advance(250ms);
    a.until([&] { return is_over; });
    REQUIRE(outcome.socket);
    CHECK(outcome.socket->remote_endpoint() == alive.local_endpoint());
    REQUIRE(outcome.attempts.size() == 1);
    CHECK(outcome.attempts[0].what() ==
          "127.0.0.2:" + std::to_string(port) + ": Connection timed out");
}

TEST_CASE("D6 addresses that are being raced go with the io_context, and so does who waits") {
    std::optional<stream_result> outcome;
    testing::manual_clock clock;
    io::budget budget(clock.now(), 5s);
    io::interruption stop;
    const auto before = descriptors();
    {
        asio::io_context context(1);
        name_server names(context);
        const deaf_listener one(context, first);
        const deaf_listener two(context, second, one.port());
        names.set("deaf.test", {"127.0.0.2", "127.0.0.3"});
        io::connector_settings how;
        how.names = names.settings();
        start(context, connect_into(endpoint("deaf.test", one.port()), nullptr, clock, budget, stop,
                                    how, outcome));
        while (budget.phases().current() != phase::tcp_connect)
            context.run_one();
        context.poll();
        clock.advance(250ms);
        context.poll();
    }
    CHECK(descriptors() == before);
    CHECK(!outcome);
}

TEST_CASE("A local port that was asked for is what the connection comes from") {
    attempt a(5s);
    auto alive = listener(a.context, second);
    std::uint16_t chosen = 0;
    {
        const tcp::socket probe(a.context, tcp::endpoint(first, 0));
        chosen = probe.local_endpoint().port();
    }
    a.local_port = chosen;
    a.begin(endpoint("127.0.0.3", alive.local_endpoint().port()));
    a.finish();
    REQUIRE(a.outcome->has_value());
    CHECK((**a.outcome)->peer().local_address == "127.0.0.1:" + std::to_string(chosen));
    // Taken, for the same peer: an error that says so, of the address.
    attempt b(5s);
    b.local_port = chosen;
    b.begin(endpoint("127.0.0.3", alive.local_endpoint().port()));
    b.finish();
    REQUIRE(!b.outcome->has_value());
    CHECK(b.outcome->error().is(errc::connect_failed));
    CHECK(b.failure().find("cannot connect: ") == 0);
}
