#include "deaf_listener.hpp"
#include "node.hpp"

#include <cocql/testing/relay.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::silence;

namespace {

constexpr auto budget = std::chrono::milliseconds(300);
/// How late the failure may be; the build says it, because sanitizers slow everything down.
constexpr auto allowance = std::chrono::milliseconds(COCQL_LATENESS_MILLISECONDS);

void is_timely(const failed_opening& outcome, phase expected, const endpoint& where) {
    INFO(std::string(outcome.failure.what()));
    CHECK(outcome.failure.is(errc::timed_out));
    CHECK(outcome.failure.phase() == expected);
    CHECK(std::string(outcome.failure.what())
              .find("timed out in " + std::string(to_string(expected))) != std::string::npos);
    CHECK(outcome.taken >= budget);
    CHECK(outcome.taken <= budget + allowance);
    std::chrono::steady_clock::duration total{};
    for (const auto& each : outcome.failure.times())
        total += each.taken;
    CHECK(total >= budget);
    CHECK(total <= outcome.taken);
    CHECK(outcome.failure.endpoint() == where.to_string());
}

/// Attempts it again, twice at most, where it was late or did not come so far: a machine that is
/// stopped for a moment does that once, an error each time.
template <class Attempt>
failed_opening tried(phase expected, Attempt attempt) {
    for (int left = 2;; --left) {
        const failed_opening outcome = attempt();
        const bool in_time =
            outcome.taken <= budget + allowance && outcome.failure.phase() == expected;
        if (in_time || left == 0)
            return outcome;
    }
}

connection_options hurried(speech how) {
    auto client = client_of(how);
    client.connect_timeout(budget).login("user", "secret");
    return client;
}

void times_out(speech how, testing::node_options options, phase expected) {
    INFO(name_of(how) << ", " << std::string(to_string(expected)));
    const auto before = descriptors();
    endpoint where;
    const auto outcome = tried(expected, [&] {
        scene s(how, options);
        where = s.node.where();
        failed_opening failed;
        s.run(fail_to_open(where, hurried(how), failed));
        return failed;
    });
    is_timely(outcome, expected, where);
    CHECK(descriptors() == before);
}

} // namespace

TEST_CASE("D6 D8 silence after accept fails at the deadline and names the phase") {
    times_out(speech::plain, silent(silence::at_accept), phase::options);
    times_out(speech::tls_1_2, silent(silence::at_accept), phase::tls_handshake);
    times_out(speech::tls_1_3, silent(silence::at_accept), phase::tls_handshake);
}

TEST_CASE("D6 D8 half a ServerHello fails at the deadline in tls_handshake") {
    times_out(speech::tls_1_2, silent(silence::in_server_hello), phase::tls_handshake);
    times_out(speech::tls_1_3, silent(silence::in_server_hello), phase::tls_handshake);
}

TEST_CASE(
    "D6 D8 silence after the handshake, to OPTIONS, to STARTUP and in AUTH fails at the deadline") {
    for_each_speech([](speech how) {
        times_out(how, silent(silence::after_handshake), phase::options);
        times_out(how, silent(silence::at_options), phase::options);
        times_out(how, silent(silence::at_startup), phase::startup);
        times_out(how, silent(silence::at_auth), phase::auth);
    });
}

namespace {

asio::awaitable<void> fail_through(testing::relay& through, connection_options options,
                                   failed_opening& outcome) {
    const stopping guard(through);
    co_await fail_to_open(through.where(), options, outcome);
}

/// Bytes that a node sends until it falls silent in that phase. A machine too busy to come so far
/// in time is given twice the time.
std::size_t bytes_before(speech how, silence where, phase expected) {
    for (auto limit = std::chrono::milliseconds(100); limit < std::chrono::seconds(20);
         limit *= 2) {
        scene s(how, silent(where));
        testing::relay counter(s.context, s.node.where());
        auto client = client_of(how);
        client.connect_timeout(limit).login("user", "secret");
        failed_opening outcome;
        s.run(fail_through(counter, client, outcome));
        if (outcome.failure.phase() == expected)
            return counter.bytes_to_client();
    }
    FAIL("never came as far as " << std::string(to_string(expected)));
    return 0;
}

/// From that byte on a byte every 40 ms: progress, but no end of it.
void drips_from(speech how, std::size_t from, phase expected) {
    INFO(name_of(how) << ", dripping from byte " << from << " on");
    const auto before = descriptors();
    endpoint where;
    std::size_t came = 0;
    const auto outcome = tried(expected, [&] {
        scene s(how, silent(silence::never));
        testing::relay_options options;
        options.drip_from = from;
        options.drip_pause = std::chrono::milliseconds(40);
        testing::relay dripping(s.context, s.node.where(), options);
        where = dripping.where();
        failed_opening failed;
        s.run(fail_through(dripping, hurried(how), failed));
        came = dripping.bytes_to_client();
        return failed;
    });
    is_timely(outcome, expected, where);
    CHECK(came > from);
    CHECK(descriptors() == before);
}

} // namespace

TEST_CASE("D8 a peer that drips one byte at a time, in any phase, does not get more time for it") {
    for_each_speech([](speech how) {
        drips_from(how, 0, how == speech::plain ? phase::options : phase::tls_handshake);
        drips_from(how, bytes_before(how, silence::at_options, phase::options), phase::options);
        drips_from(how, bytes_before(how, silence::at_startup, phase::startup), phase::startup);
        drips_from(how, bytes_before(how, silence::at_auth, phase::auth), phase::auth);
    });
}

TEST_CASE("D6 D8 a host that does not even accept fails at the deadline in tcp_connect") {
    const auto before = descriptors();
    {
        asio::io_context context(1);
        const deaf_listener deaf(context, asio::ip::address_v4::loopback());
        const endpoint where("127.0.0.1", deaf.port());
        for (const auto how : {speech::plain, speech::tls_1_3}) {
            const auto outcome = tried(phase::tcp_connect, [&] {
                failed_opening failed;
                start(context, fail_to_open(where, hurried(how), failed));
                context.restart();
                while (failed.taken.count() == 0)
                    context.run_one();
                return failed;
            });
            is_timely(outcome, phase::tcp_connect, where);
        }
    }
    CHECK(descriptors() == before);
}
