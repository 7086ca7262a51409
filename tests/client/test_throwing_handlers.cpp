#include "node_thread.hpp"
#include "staged.hpp"
#include "worlds.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

// An application's completion handler may throw: what co_spawn() is usually given rethrows. That
// leaves through the executor, and nothing else is to notice it.

/// What ends a request whose handler throws.
enum class by { answer, time_out, closing, defunct, waiting_refused, cancelling };

constexpr by all_ends[] = {by::answer,  by::time_out,        by::closing,
                           by::defunct, by::waiting_refused, by::cancelling};

std::string name_of(by how) {
    constexpr const char* names[] = {"answer",  "time-out",        "closing",
                                     "defunct", "waiting refused", "cancelling"};
    return names[static_cast<std::size_t>(how)];
}

constexpr int crowd = 5;

/// The worlds whose threads survive an exception: a pool of Asio's ends the program.
constexpr world_kind survivors[] = {world_kind::one_thread, world_kind::unhinted,
                                    world_kind::several_threads, world_kind::strand_over_several};

asio::awaitable<connection> opened(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    co_return connection;
}

asio::awaitable<result<page>> asked(connection connection, std::string cql,
                                    statement_options options) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto outcome = co_await as_result(connection.query(std::move(cql), options));
    co_return outcome;
}

class stage {
  public:
    stage(speech how, world_kind kind, by what) : what_(what), node_(how, options()), world_(kind) {
        auto client = client_of(how);
        client.orphan_limits(1'000, std::nullopt);
        if (what == by::waiting_refused)
            client.max_in_flight(1).max_request_size(10'000);
        connection_ =
            asio::co_spawn(world_.executor(), opened(node_.where(), client), asio::use_future)
                .get();
    }

    void play() {
        std::vector<std::future<result<page>>> quiet;
        // Before them one and behind them one whose handlers do not throw.
        quiet.push_back(ask(first()));
        for (int i = 0; i < crowd; ++i)
            ask_and_throw();
        quiet.push_back(ask(last()));
        // Several threads may begin it before the others. A coroutine that is cancelled before it
        // has waited for anything ends, with Asio 1.26, without its completion handler, and the
        // exception leaves through run().
        if (what_ == by::cancelling)
            quiet.back().wait();
        end_them();
        for (auto& one : quiet)
            check(one.get());
        while (ended_ != crowd)
            std::this_thread::yield();
        if (survives()) {
            auto later = ask("later").get();
            REQUIRE(later.has_value());
            CHECK(text_of(*later) == "later");
            CHECK(connection_.state().open);
        }
        asio::co_spawn(world_.executor(), connection_.close(), asio::use_future).get();
        connection_ = {};
        signals_.clear(); // Asio keeps the executor in them
        world_.finish();
        CHECK(world_.thrown() >= 1);
        CHECK(world_.thrown() <= crowd);
    }

  private:
    testing::node_options options() const {
        auto options = echo();
        options.silent_statement = "silent";
        return options;
    }
    bool survives() const { return what_ != by::closing && what_ != by::defunct; }
    std::string first() const {
        return what_ == by::answer || what_ == by::waiting_refused ? "first" : "silent";
    }
    std::string last() const {
        return what_ == by::closing || what_ == by::defunct ? "silent" : "last";
    }
    void check(const result<page>& outcome) const {
        if (outcome)
            return;
        if (what_ == by::closing)
            CHECK(outcome.error().has(errc::connection_closed));
        else if (what_ == by::defunct)
            CHECK(outcome.error().has(errc::protocol_error));
        else
            CHECK(outcome.error().is(errc::timed_out));
    }
    std::future<result<page>> ask(std::string cql) {
        statement_options options;
        options.timeout(what_ == by::closing || what_ == by::defunct ? 20s : 1s);
        return asio::co_spawn(world_.executor(), asked(connection_, std::move(cql), options),
                              asio::use_future);
    }
    void ask_and_throw() {
        statement_options options;
        if (what_ == by::time_out)
            options.timeout(30ms);
        else
            options.timeout(20s);
        std::string cql = "silent";
        if (what_ == by::answer)
            cql = "answered";
        else if (what_ == by::waiting_refused)
            cql.assign(20'000, 'x'); // found to be too long when its turn comes
        signals_.push_back(std::make_unique<asio::cancellation_signal>());
        asio::co_spawn(world_.executor(), asked(connection_, cql, options),
                       asio::bind_cancellation_slot(signals_.back()->slot(),
                                                    [this](std::exception_ptr, result<page>) {
                                                        ++ended_;
                                                        throw thrown_on_purpose();
                                                    }));
    }
    void end_them() {
        if (what_ == by::answer || what_ == by::time_out || what_ == by::waiting_refused)
            return;
        while (connection_.state().in_flight != crowd + (last() == "silent" ? 2 : 1))
            std::this_thread::yield();
        if (what_ == by::cancelling) {
            for (auto& signal : signals_)
                asio::post(world_.executor(),
                           [&signal] { signal->emit(asio::cancellation_type::terminal); });
        } else if (what_ == by::closing) {
            asio::co_spawn(world_.executor(), connection_.close(), asio::use_future).get();
        } else {
            // A frame that the node answers with an error on an id that nobody waits on.
            const std::vector<std::byte> nonsense{std::byte{4}, std::byte{0}, std::byte{0x70},
                                                  std::byte{0}, std::byte{5}, std::byte{0},
                                                  std::byte{0}, std::byte{0}, std::byte{0}};
            CHECK(connection_.push(nonsense).has_value());
        }
    }

    by what_;
    node_thread node_;
    world world_;
    connection connection_;
    std::vector<std::unique_ptr<asio::cancellation_signal>> signals_;
    std::atomic<int> ended_ = 0;
};

} // namespace

TEST_CASE("X23 R30 a completion handler that throws disturbs no other request, whatever ended its "
          "own, on one thread, several, or a strand") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : survivors)
            for (const auto what : all_ends) {
                CAPTURE(name_of(how));
                CAPTURE(name_of(kind));
                CAPTURE(name_of(what));
                stage(how, kind, what).play();
            }
}

TEST_CASE("X23 a handler of events that throws does so out of the executor, and not through the "
          "connection") {
    connection_options options;
    int heard = 0;
    options.events({event_type::schema_change}, [&heard](const event&) {
        ++heard;
        throw thrown_on_purpose();
    });
    staged s(speech::plain, echo(), options);
    s.open();
    protocol::protocol_listener& listener = *s.connection;
    CHECK_NOTHROW(listener.event_received(schema_change{"CREATED", "KEYSPACE", "made", "", {}}));
    CHECK(heard == 1);
    s.context.restart();
    CHECK_THROWS_AS(s.context.poll(), thrown_on_purpose);
    const auto later = s.ask("later");
    s.until([&] { return later->has_value(); });
    CHECK(later->value().has_value());
}

namespace {

class throwing_authenticator final : public authenticator {
  public:
    result<std::vector<std::byte>> initial_response() override {
        throw std::runtime_error("no token in the store");
    }
    result<std::vector<std::byte>> answer(std::span<const std::byte>) override { throw 1; }
    result<void> succeeded(std::span<const std::byte>) override { throw 1; }
};

class provider final : public authenticator_provider {
  public:
    enum class manner { throws, makes_none, makes_throwing };
    explicit provider(manner how) noexcept : how_(how) {}
    result<std::unique_ptr<authenticator>> make(std::string_view) const override {
        if (how_ == manner::throws)
            throw std::runtime_error("the store is locked");
        if (how_ == manner::makes_none)
            return std::unique_ptr<authenticator>();
        return std::unique_ptr<authenticator>(std::make_unique<throwing_authenticator>());
    }

  private:
    manner how_;
};

} // namespace

TEST_CASE("E13 an authenticator that throws, or is none, fails opening with its words") {
    using enum provider::manner;
    const std::pair<provider::manner, std::string> cases[] = {
        {throws, "the store is locked"},
        {makes_none, "no authenticator"},
        {makes_throwing, "no token in the store"}};
    for (const auto& each : cases) {
        const auto& words = each.second;
        CAPTURE(words);
        scene s(speech::plain, with_login());
        failed_opening failed;
        connection_options options;
        options.authentication(std::make_shared<provider>(each.first));
        s.run(fail_to_open(s.node.where(), options, failed));
        CHECK(failed.failure.is(errc::authentication_failed));
        CHECK(failed.failure.phase() == phase::auth);
        CHECK(std::string(failed.failure.what()).find(words) != std::string::npos);
    }
}
