#include "io/connect/resolver.hpp"
#include "io/name_service.hpp"
#include "run.hpp"

#include <boost/asio/error.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using addresses = std::vector<asio::ip::tcp::endpoint>;

namespace {

/// `token` is held for as long as the coroutine exists.
asio::awaitable<void> resolve_into(endpoint where, io::interruption& stop,
                                   std::optional<result<addresses>>& outcome,
                                   std::shared_ptr<int> token) {
    auto found = co_await io::resolve(where, stop);
    outcome.emplace(std::move(found));
    token.reset();
}

class looking_up {
  public:
    void begin(endpoint where) {
        start(*context, resolve_into(std::move(where), stop, outcome, token));
        poll();
    }
    void poll() {
        context->restart();
        while (context->poll() != 0) {
        }
    }
    void finish() {
        context->restart();
        context->run();
    }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    io::interruption stop;
    std::optional<result<addresses>> outcome;
    std::shared_ptr<int> token = std::make_shared<int>();
};

std::string text_of(const addresses& found) {
    std::string text;
    for (const auto& each : found)
        text += each.address().to_string() + " " + std::to_string(each.port()) + ", ";
    return text;
}

} // namespace

TEST_CASE("D6 an IP literal is not looked up, a name's addresses come in the system's order") {
    const auto asked = names().asked();
    for (const auto* literal : {"127.0.0.1", "::1", "fe80::1"}) {
        looking_up l;
        l.begin(endpoint(literal, 9042));
        REQUIRE(l.outcome.has_value());
        REQUIRE(l.outcome->has_value());
        CHECK(text_of(**l.outcome) == std::string(literal) + " 9042, ");
    }
    CHECK(names().asked() == asked);
    names().set("three.test", {"10.0.0.3", "::2", "10.0.0.1"});
    looking_up l;
    l.begin(endpoint("three.test", 9142));
    l.finish();
    REQUIRE(l.outcome->has_value());
    CHECK(text_of(**l.outcome) == "10.0.0.3 9142, ::2 9142, 10.0.0.1 9142, ");
    CHECK(names().asked() == asked + 1);
}

TEST_CASE("R32 a name without an address: the error names it and has the system's words") {
    looking_up l;
    l.begin(endpoint("unknown.test", 9042));
    l.finish();
    REQUIRE(!*l.outcome);
    const auto failure = l.outcome->error();
    INFO(std::string(failure.what()));
    CHECK(failure.is(errc::resolve_failed));
    CHECK(failure.system_code() == asio::error::host_not_found);
    CHECK(std::string(failure.what()).find("cannot resolve 'unknown.test': Host not found") == 0);
}

TEST_CASE(
    "X24 an interruption ends a look-up at once, which goes on alone; its answer is dropped") {
    names().set("slow.test", {"127.0.0.1"});
    held_names held;
    looking_up l;
    l.begin(endpoint("slow.test", 9042));
    CHECK(!l.outcome.has_value());
    l.stop.interrupt(error(errc::cancelled, "enough"));
    l.poll();
    REQUIRE(l.outcome.has_value());
    CHECK(l.outcome->error().is(errc::cancelled));
    CHECK(l.token.use_count() == 1);
    held.release();
    l.finish();
    CHECK(!l.outcome->has_value());
}

TEST_CASE("X24 an interruption from before the look-up counts too") {
    names().set("slow.test", {"127.0.0.1"});
    held_names held;
    looking_up l;
    l.stop.interrupt(error(errc::connection_closed, "closed before"));
    l.begin(endpoint("slow.test", 9042));
    REQUIRE(l.outcome.has_value());
    CHECK(l.outcome->error().is(errc::connection_closed));
    held.release();
    l.finish();
}

TEST_CASE("X25 destroying the io_context while a look-up is pending leaks nothing") {
    names().set("slow.test", {"127.0.0.1"});
    held_names held;
    looking_up l;
    l.begin(endpoint("slow.test", 9042));
    CHECK(l.token.use_count() == 2);
    held.release(); // Asio's destructor waits for its thread, which is inside getaddrinfo()
    l.context.reset();
    CHECK(!l.outcome.has_value());
    CHECK(l.token.use_count() == 1);
}
