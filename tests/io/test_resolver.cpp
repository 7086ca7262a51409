#include "descriptors_left.hpp"
#include "io/connect/resolver.hpp"
#include "io/name_server.hpp"
#include "run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;
using addresses = std::vector<asio::ip::tcp::endpoint>;

namespace {

/// `token` is held for as long as the coroutine exists.
asio::awaitable<void> resolve_into(endpoint where, io::resolver_settings settings,
                                   io::interruption& stop,
                                   std::optional<result<addresses>>& outcome,
                                   std::shared_ptr<int> token) {
    auto found = co_await io::resolve(where, stop, settings);
    outcome.emplace(std::move(found));
    token.reset();
}

std::string text_of(const addresses& found) {
    std::string text;
    for (const auto& each : found)
        text += (text.empty() ? "" : ", ") + each.address().to_string();
    return text;
}

/// A name server and somebody who asks, each on an io_context of its own, so that the asking one's
/// can be destroyed at any moment.
class looking_up {
  public:
    looking_up() : settings(names.settings()) {
        // The first use of a timer or socket makes descriptors that stay.
        const asio::steady_timer warm(*context);
    }
    ~looking_up() { names.stop(), turn(); }

    void begin(const std::string& host, std::uint16_t port = 9042) {
        start(*context, resolve_into(endpoint(host, port), settings, stop, outcome, token));
        turn();
    }
    std::size_t turn() {
        world_.restart();
        auto done = world_.poll();
        if (context) {
            context->restart();
            done += context->poll();
        }
        return done;
    }
    template <class Condition>
    void until(Condition condition) {
        while (!condition())
            turn();
        while (turn() != 0) {
        }
    }
    void finish() {
        until([this] { return outcome.has_value(); });
    }
    /// The addresses, or what the error says.
    std::string look_up(const std::string& host) {
        outcome.reset();
        begin(host);
        finish();
        return *outcome ? text_of(**outcome) : outcome->error().what();
    }
    std::size_t times_asked(const std::string& question) const {
        return static_cast<std::size_t>(
            std::count(names.asked().begin(), names.asked().end(), question));
    }

  private:
    asio::io_context world_{1};

  public:
    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    name_server names{world_};
    io::resolver_settings settings;
    io::interruption stop;
    std::optional<result<addresses>> outcome;
    std::shared_ptr<int> token = std::make_shared<int>();
};

/// A file that is there for a scope.
class temporary_file {
  public:
    explicit temporary_file(const std::string& content) {
        std::ofstream file(path);
        file << content;
        REQUIRE(file.good());
    }
    ~temporary_file() { ::unlink(path.c_str()); }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;

    std::string path = std::filesystem::temp_directory_path() /
                       ("cocql-resolver-test-" + std::to_string(::getpid()));
};

std::size_t threads() {
    std::size_t count = 0;
    DIR* folder = opendir("/proc/self/task");
    while (const auto* entry = readdir(folder))
        count += entry->d_name[0] != '.' ? 1 : 0;
    closedir(folder);
    return count;
}

} // namespace

// --- what is found

TEST_CASE("D6 an IP literal is not looked up, be it with a scope id") {
    for (const auto* literal : {"127.0.0.1", "::1", "fe80::1", "fe80::1%lo"}) {
        looking_up l;
        l.begin(literal);
        REQUIRE(l.outcome.has_value());
        REQUIRE(l.outcome->has_value());
        CHECK(text_of(**l.outcome) == literal);
        CHECK(l.outcome->value().front().port() == 9042);
        CHECK(l.names.asked().empty());
    }
    looking_up scoped;
    CHECK(scoped.look_up("fe80::1%lo").find("fe80::1%") == 0);
    CHECK(scoped.outcome->value().front().address().to_v6().scope_id() != 0);
}

TEST_CASE("D6 a name's addresses of both families are found, with the endpoint's port") {
    looking_up l;
    l.names.set("both.test", {"127.0.0.3", "127.0.0.4", "::1"});
    l.look_up("both.test");
    REQUIRE(l.outcome->has_value());
    auto found = l.outcome->value();
    CHECK(found.size() == 3);
    for (const auto& each : found)
        CHECK(each.port() == 9042);
    // The order of the families is RFC 6724's; within one it is the server's.
    found.erase(std::remove_if(found.begin(), found.end(),
                               [](const auto& each) { return each.address().is_v6(); }),
                found.end());
    CHECK(text_of(found) == "127.0.0.3, 127.0.0.4");
}

TEST_CASE("D6 a name that has only IPv4 addresses, or only IPv6 ones, is found") {
    looking_up l;
    l.names.set("four.test", {"127.0.0.3"});
    l.names.set("six.test", {"::1"});
    CHECK(l.look_up("four.test") == "127.0.0.3");
    CHECK(l.look_up("six.test") == "::1");
    CHECK(l.look_up("SIX.test.") == "::1");
}

TEST_CASE("D6 an answer that is longer than a packet is fetched over TCP") {
    looking_up l;
    std::vector<std::string> many;
    for (int i = 1; i <= 100; ++i)
        many.push_back("127.0.1." + std::to_string(i));
    l.names.set("many.test", many);
    l.look_up("many.test");
    REQUIRE(l.outcome->has_value());
    CHECK(l.outcome->value().size() == 100);
    CHECK(l.times_asked("many.test A udp") == 1);
    CHECK(l.times_asked("many.test A tcp") == 1);
}

TEST_CASE("D6 a server that only says that it was truncated is asked over TCP, for both families") {
    looking_up l;
    l.names.set("both.test", {"127.0.0.3", "::1"});
    l.names.reply_by([](const name_question&) { return reply::truncated; });
    l.look_up("both.test");
    REQUIRE(l.outcome->has_value());
    CHECK(l.outcome->value().size() == 2);
}

TEST_CASE("D6 a server that ends TCP connections without an answer is asked again, and given up") {
    looking_up l;
    l.names.set("cut.test", {"127.0.0.3"});
    int left = 2;
    l.names.reply_by([&](const name_question& question) {
        if (!question.over_tcp)
            return reply::truncated;
        return left-- > 0 ? reply::disconnect : reply::answer;
    });
    CHECK(l.look_up("cut.test") == "127.0.0.3");
    left = 1'000'000;
    const auto failure = l.look_up("cut.test");
    CHECK_MESSAGE(failure.find("cannot resolve 'cut.test': no usable answer") == 0, failure);
}

TEST_CASE("D6 lost packets are asked for again, long before the five seconds of opening are over") {
    looking_up l;
    l.names.set("lossy.test", {"127.0.0.3", "::1"});
    int lost = 2;
    l.names.reply_by(
        [&](const name_question&) { return lost-- > 0 ? reply::nothing : reply::answer; });
    l.look_up("lossy.test");
    REQUIRE(l.outcome->has_value());
    CHECK(l.outcome->value().size() == 2);
    CHECK(l.names.asked().size() >= 4);
    CHECK(io::resolver_settings().patience <= 1s);
}

TEST_CASE("D6 a server that never answers questions for IPv6, or for IPv4, is no obstacle") {
    for (const bool for_ipv6 : {true, false}) {
        INFO("deaf to IPv6: " << for_ipv6);
        looking_up l;
        l.names.set("half.test", {"127.0.0.3", "::1"});
        l.names.reply_by([&](const name_question& question) {
            return question.for_ipv6 == for_ipv6 ? reply::nothing : reply::answer;
        });
        CHECK(l.look_up("half.test") == (for_ipv6 ? "127.0.0.3" : "::1"));
        // Asked again, and not found when all tries of the other question were used up.
        CHECK(l.times_asked(for_ipv6 ? "half.test A udp" : "half.test AAAA udp") == 2);
    }
}

TEST_CASE("D6 a slow server's answer to the first question is still taken") {
    looking_up l;
    l.names.set("slow.test", {"127.0.0.3"});
    held_names held(l.names);
    l.begin("slow.test");
    l.until([&] { return l.times_asked("slow.test A udp") == 3; });
    CHECK(!l.outcome.has_value());
    held.release();
    l.finish();
    REQUIRE(l.outcome->has_value());
    CHECK(text_of(**l.outcome) == "127.0.0.3");
}

TEST_CASE("D6 of several servers the next one is asked when one is silent, refuses or fails") {
    asio::io_context world(1);
    name_server mute(world);
    mute.reply_by([](const name_question&) { return reply::nothing; });
    name_server failing(world);
    failing.reply_by([](const name_question&) { return reply::servfail; });
    std::string closed;
    {
        name_server gone(world);
        closed = gone.where();
    }
    for (const auto& first : {mute.where(), failing.where(), closed}) {
        INFO(first);
        looking_up l;
        l.names.set("db.test", {"127.0.0.3"});
        l.settings.servers = first + "," + l.names.where();
        l.begin("db.test");
        l.until([&] {
            world.poll();
            return l.outcome.has_value();
        });
        REQUIRE_MESSAGE(l.outcome->has_value(), std::string(l.outcome->error().what()));
        CHECK(text_of(**l.outcome) == "127.0.0.3");
    }
    mute.stop(), failing.stop();
    world.run();
}

TEST_CASE("D6 the search domains and options of resolv.conf are used") {
    looking_up l;
    l.names.set("db.two.test", {"127.0.0.3"});
    l.names.set("a.b.one.test", {"127.0.0.4"});
    l.names.set("a.b", {"127.0.0.5"});
    const temporary_file file("# of the test\nsearch one.test two.test\noptions ndots:2\n");
    l.settings.configuration_file = file.path;
    CHECK(l.look_up("db") == "127.0.0.3");
    CHECK(l.times_asked("db.one.test A udp") == 1);
    CHECK(l.look_up("a.b") == "127.0.0.4"); // fewer dots than two: the domains come first
    CHECK(l.look_up("a.b.") == "127.0.0.5");
    CHECK(l.look_up("db.").find("cannot resolve 'db.'") == 0);
}

TEST_CASE("D6 the servers of resolv.conf are asked") {
    looking_up l;
    const temporary_file file("nameserver 127.0.0.77\n");
    l.settings.configuration_file = file.path;
    l.settings.servers.clear();
    l.settings.patience = 1ms;
    // Nobody answers there; the error says who was asked.
    const auto failure = l.look_up("db.test");
    CHECK_MESSAGE(failure.find("from the name server 127.0.0.77") != std::string::npos, failure);
    CHECK_MESSAGE(failure.find("/etc/resolv.conf") != std::string::npos, failure);
}

TEST_CASE("D6 localhost and names below it are this machine, however spelled, and no server is "
          "asked") {
    looking_up l;
    for (const auto* name : {"localhost", "LocalHost", "localhost.", "db.localhost"}) {
        INFO(name);
        l.look_up(name);
        REQUIRE(l.outcome->has_value());
        CHECK(!l.outcome->value().empty());
        for (const auto& each : l.outcome->value())
            CHECK(each.address().is_loopback());
    }
    CHECK(l.names.asked().empty());
    l.names.set("notlocalhost", {"127.0.0.3"});
    CHECK(l.look_up("notlocalhost") == "127.0.0.3");
}

TEST_CASE("D6 each name of /etc/hosts is found there, and no server is asked") {
    std::ifstream hosts("/etc/hosts");
    REQUIRE(hosts.good());
    looking_up l;
    std::size_t names = 0;
    for (std::string line; std::getline(hosts, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string text;
        words >> text;
        boost::system::error_code strange;
        const auto address = asio::ip::make_address(text, strange);
        if (strange || text.find('%') != std::string::npos)
            continue;
        for (std::string name; words >> name; ++names) {
            INFO(name);
            l.look_up(name);
            REQUIRE(l.outcome->has_value());
            const auto found = l.outcome->value();
            CHECK(std::any_of(found.begin(), found.end(),
                              [&](const auto& each) { return each.address() == address; }));
        }
    }
    MESSAGE(names << " names in /etc/hosts");
    CHECK(names != 0);
    CHECK(l.names.asked().empty());
}

// --- what is not found

TEST_CASE("R32 a name that does not exist, or has no address: the error names it and says so") {
    looking_up l;
    const auto unknown = l.look_up("unknown.test");
    INFO(unknown);
    REQUIRE(!*l.outcome);
    CHECK(l.outcome->error().is(errc::resolve_failed));
    CHECK(l.outcome->error().system_code() == asio::error::host_not_found);
    CHECK(unknown.find("cannot resolve 'unknown.test': Host not found") == 0);
    CHECK(l.outcome->error().advice() == "check the host name");
    l.names.set("empty.test", {});
    CHECK(l.look_up("empty.test").find("cannot resolve 'empty.test': it has no address") == 0);
    CHECK(l.outcome->error().system_code() == asio::error::no_data);
}

TEST_CASE("R32 what is no host name is refused, and never shortened to one that is") {
    looking_up l;
    l.names.set("db.test", {"127.0.0.3"});
    const std::vector<std::string> strange{
        "", std::string("db.test\0.evil.test", 18), ".db.test", "db..test",
        std::string(64, 'a') + ".test", std::string(300, 'a'),
        // A name server is not to hear of them.
        "user:secret@db.test", "user@db.test", " db.test", "db.test ", "db.test:9042:1",
        "cql://db.test", "db.test/ks"};
    for (const auto& name : strange) {
        INFO(name);
        l.look_up(name);
        REQUIRE(!*l.outcome);
        INFO(std::string(l.outcome->error().what()));
        CHECK(l.outcome->error().is(errc::resolve_failed));
        CHECK(l.outcome->error().system_code() == asio::error::invalid_argument);
    }
    CHECK(l.names.asked().empty());
}

TEST_CASE("R32 name servers that do not answer, fail or talk nonsense are named as such") {
    looking_up l;
    l.names.set("db.test", {"127.0.0.3"});
    for (const auto how :
         {reply::nothing, reply::servfail, reply::other_id, reply::garbage, reply::disconnect}) {
        INFO("reply " << static_cast<int>(how));
        l.names.reply_by([how](const name_question&) { return how; });
        l.settings.patience = 5ms;
        const auto failure = l.look_up("db.test");
        INFO(failure);
        REQUIRE(!*l.outcome);
        CHECK(l.outcome->error().is(errc::resolve_failed));
        CHECK(l.outcome->error().system_code() == asio::error::host_not_found_try_again);
        CHECK(failure.find(how == reply::servfail
                               ? "no usable answer from the name server 127.0.0.1"
                               : "no answer from the name server 127.0.0.1") != std::string::npos);
    }
}

TEST_CASE("R32 a program that can open no more descriptors is told so, and neither name nor "
          "server are blamed") {
    looking_up l;
    l.names.set("db.test", {"127.0.0.3", "::1"});
    l.settings.configuration_file.clear(); // the system's
    l.settings.patience = 5ms;
    for (rlim_t left = 0; left < 5; ++left) {
        INFO(left << " left");
        l.outcome.reset();
        {
            const descriptors_left few(left);
            l.begin("db.test");
            l.finish();
        }
        if (*l.outcome) {
            CHECK(left >= 1);
            CHECK(l.outcome->value().size() == 2);
            continue;
        }
        const auto& failure = l.outcome->error();
        INFO(std::string(failure.what()) << "; " << failure.advice());
        CHECK(failure.is(errc::resolve_failed));
        CHECK(left == 0);
        CHECK(failure.system_code() == asio::error::no_descriptors);
        CHECK(std::string(failure.what()).find("cannot resolve 'db.test': Too many open files") ==
              0);
        CHECK(failure.advice() == "let this program open more files (ulimit -n)");
    }
}

// --- how it ends

TEST_CASE("X24 an interruption ends a look-up at once, and nothing of it is left") {
    looking_up l;
    l.names.set("slow.test", {"127.0.0.1"});
    for (const bool over_tcp : {false, true}) {
        INFO("over TCP: " << over_tcp);
        l.names.reply_by([over_tcp](const name_question& question) {
            return over_tcp && !question.over_tcp ? reply::truncated : reply::nothing;
        });
        l.stop = {};
        l.outcome.reset();
        l.settings.patience = 20s;
        l.token = std::make_shared<int>();
        const auto before = descriptors();
        l.begin("slow.test");
        l.until(
            [&] { return l.times_asked(over_tcp ? "slow.test A tcp" : "slow.test A udp") != 0; });
        CHECK(!l.outcome.has_value());
        l.stop.interrupt(error(errc::cancelled, "enough"));
        const auto begun = std::chrono::steady_clock::now();
        l.context->restart();
        l.context->run(); // has nothing to wait for
        CHECK(std::chrono::steady_clock::now() - begun < 10s);
        REQUIRE(l.outcome.has_value());
        CHECK(l.outcome->error().is(errc::cancelled));
        CHECK(l.token.use_count() == 1);
        l.until([&] { return descriptors() == before; }); // the server's socket, too
    }
}

TEST_CASE("X24 an interruption from before the look-up counts too, and no server is asked") {
    looking_up l;
    l.names.set("slow.test", {"127.0.0.1"});
    l.stop.interrupt(error(errc::connection_closed, "closed before"));
    l.begin("slow.test");
    REQUIRE(l.outcome.has_value());
    CHECK(l.outcome->error().is(errc::connection_closed));
    CHECK(l.names.asked().empty());
}

TEST_CASE("X24 after the answer the io_context has nothing left to wait for") {
    looking_up l;
    l.settings.patience = 20s;
    const auto before = descriptors();
    l.names.set("db.test", {"127.0.0.3"});
    for (const auto* name : {"db.test", "unknown.test", "localhost"}) {
        INFO(name);
        l.look_up(name);
        const auto begun = std::chrono::steady_clock::now();
        l.context->restart();
        l.context->run();
        CHECK(std::chrono::steady_clock::now() - begun < 10s);
        CHECK(descriptors() == before);
    }
}

TEST_CASE("X25 destroying the io_context while a look-up is pending leaks nothing") {
    const auto before = descriptors();
    for (const bool over_tcp : {false, true})
        for (std::size_t turns = 0; turns < 8; ++turns) {
            INFO("over TCP: " << over_tcp << ", " << turns << " turns");
            looking_up l;
            l.names.reply_by([over_tcp](const name_question& question) {
                return over_tcp && !question.over_tcp ? reply::truncated : reply::nothing;
            });
            const auto token = l.token;
            start(*l.context,
                  resolve_into(endpoint("slow.test"), l.settings, l.stop, l.outcome, token));
            l.token.reset();
            for (std::size_t turn = 0; turn < turns; ++turn)
                l.turn();
            CHECK(token.use_count() == 2);
            l.context.reset();
            CHECK(!l.outcome.has_value());
            CHECK(token.use_count() == 1);
        }
    CHECK(descriptors() == before);
}

TEST_CASE("X24 X25 an interruption and then the end of the io_context leak nothing") {
    const auto before = descriptors();
    {
        looking_up l;
        l.names.reply_by([](const name_question&) { return reply::nothing; });
        l.begin("slow.test");
        l.stop.interrupt(error(errc::cancelled, "enough"));
        l.context.reset();
        CHECK(!l.outcome.has_value());
        CHECK(l.token.use_count() == 1);
    }
    CHECK(descriptors() == before);
}

TEST_CASE("No thread is started to look a name up") {
    looking_up l;
    l.names.set("db.test", {"127.0.0.3"});
    const auto before = threads();
    held_names held(l.names);
    l.begin("db.test");
    CHECK(threads() == before);
    held.release();
    l.finish();
    CHECK(threads() == before);
    CHECK(l.outcome->has_value());
}

namespace {

asio::awaitable<void> resolve_and_count(endpoint where, io::resolver_settings settings,
                                        std::atomic<int>& found) {
    io::interruption stop;
    auto outcome = co_await io::resolve(where, stop, settings);
    found += outcome ? static_cast<int>(outcome->size()) : 0;
}

} // namespace

TEST_CASE("D6 many look-ups at a time, each on a strand of a pool of threads") {
    looking_up l;
    l.names.set("db.test", {"127.0.0.3", "127.0.0.4"});
    l.settings.patience = 1s;
    constexpr int lookups = 200;
    std::atomic<int> found = 0;
    std::atomic<int> ended = 0;
    asio::thread_pool pool(4);
    for (int i = 0; i < lookups; ++i)
        asio::co_spawn(asio::make_strand(pool),
                       resolve_and_count(endpoint("db.test"), l.settings, found),
                       [&](std::exception_ptr thrown) {
                           CHECK(!thrown);
                           ++ended;
                       });
    l.until([&] { return ended == lookups; });
    pool.join();
    CHECK(found == 2 * lookups);
}
