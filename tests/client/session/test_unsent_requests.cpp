#include "client/session/perform_somewhere.hpp"
#include "garbling_relay.hpp"
#include "noting_cluster.hpp"
#include "own_policy.hpp"

#include <cocql/as_result.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// As one that an attempt ends with, of which the connection itself has nothing to say.
class failed_attempt {
  public:
    failed_attempt(errc code, request_outcome how)
        : failure_(error(code, "the request failed").with(how)) {}
    const std::optional<error>& failure() const noexcept { return failure_; }

  private:
    std::optional<error> failure_;
};

bool goes_elsewhere(errc code, request_outcome how, bool is_idempotent) {
    const failed_attempt attempt(code, how);
    const auto options = statement_options().idempotent(is_idempotent);
    return client::why_elsewhere(attempt, &options) != nullptr;
}

/// Two nodes, of which the first is behind a relay, has room for one request at a time, and is
/// asked first.
class narrow_cluster : public session_cluster {
  public:
    static constexpr const char* silence_cql = "UPDATE app.t SET v = 1 WHERE k = 'silence'";
    static constexpr const char* waiting_cql = "UPDATE app.t SET v = 1 WHERE k = 'waiting'";

    explicit narrow_cluster(speech how) : session_cluster(2, 0, how) {
        node(1).options().silent_statement = silence_cql;
        options.connection(options.connection().max_in_flight(1));
        const auto policy = std::make_shared<own_policy>();
        policy->chooses = in_order({1, 2});
        options.load_balancing_policy(policy);
        options.address_translator(
            [this](host_info host) { return host.id == id_of(1) ? relay.where() : host.where; });
    }
    ~narrow_cluster() { relay.stop(); }

    std::ptrdiff_t came_to(int number, const std::string& cql) {
        return std::ranges::count(node(number).statements(), cql);
    }

    garbling_relay relay{context, node(1).where()};
};

using answer_or_none = std::optional<result<page>>;

asio::awaitable<void> ask_into(session app, std::string cql, statement_options how,
                               answer_or_none& into) {
    into = co_await as_result(app.query(std::move(cql), how));
}

} // namespace

TEST_CASE("A request goes to another node where its connection broke before anything of it was "
          "written, whatever it broke by; what may have been sent only where it may be repeated") {
    for (const auto code :
         {errc::connection_closed, errc::connection_lost, errc::connection_draining,
          errc::connection_busy, errc::heartbeat_failed, errc::io_failed, errc::tls_failed,
          errc::protocol_error}) {
        CAPTURE(to_string(code));
        for (const bool is_idempotent : {false, true})
            CHECK(goes_elsewhere(code, request_outcome::not_sent, is_idempotent));
        for (const auto sent : {request_outcome::maybe_executed, request_outcome::answered})
            CHECK(!goes_elsewhere(code, sent, false));
    }
    for (const auto code : {errc::io_failed, errc::tls_failed})
        CHECK(goes_elsewhere(code, request_outcome::maybe_executed, true));
    for (const auto code :
         {errc::invalid_argument, errc::bad_configuration, errc::timed_out, errc::cancelled,
          errc::type_mismatch, errc::not_found, errc::server_error})
        for (const bool is_idempotent : {false, true})
            CHECK(!goes_elsewhere(code, request_outcome::not_sent, is_idempotent));
    const failed_attempt unsent(errc::tls_failed, request_outcome::not_sent);
    CHECK(client::why_elsewhere(unsent, nullptr) == &*unsent.failure());
}

TEST_CASE("What waits for its turn on a connection that breaks is asked of the next node, and what "
          "has been written is not") {
    for_each_speech([](speech how) {
        narrow_cluster cluster(how);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            answer_or_none sent;
            answer_or_none waiting;
            const auto patient = statement_options().timeout(60s);
            start(cluster.context, ask_into(app, narrow_cluster::silence_cql,
                                            statement_options().timeout(60s), sent));
            const auto is_there = [&]() -> asio::awaitable<bool> {
                co_return cluster.came_to(1, narrow_cluster::silence_cql) == 1;
            };
            co_await cluster.become(is_there);
            start(cluster.context, ask_into(app, narrow_cluster::waiting_cql, patient, waiting));
            for (int i = 0; i < 100; ++i)
                co_await asio::post(cluster.context, asio::use_awaitable);
            CHECK(!sent);
            CHECK(!waiting);
            cluster.relay.garble();
            const auto are_over = [&]() -> asio::awaitable<bool> { co_return sent&& waiting; };
            co_await cluster.become(are_over);
            REQUIRE_MESSAGE(waiting->has_value(), waiting->error().what());
            CHECK(cluster.came_to(1, narrow_cluster::waiting_cql) == 0);
            CHECK(cluster.came_to(2, narrow_cluster::waiting_cql) == 1);

            REQUIRE(!sent->has_value());
            CHECK(sent->error().code() ==
                  (how == speech::plain ? errc::protocol_error : errc::tls_failed));
            CHECK(sent->error().outcome() == request_outcome::maybe_executed);
            CHECK(cluster.came_to(2, narrow_cluster::silence_cql) == 0);
            co_await app.close();
        });
    });
}

TEST_CASE("Where nothing of it was sent by its deadline, or there is no other node, it is sent "
          "nowhere") {
    narrow_cluster cluster(speech::tls_1_3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        answer_or_none sent;
        start(cluster.context,
              ask_into(app, narrow_cluster::silence_cql, statement_options().timeout(60s), sent));
        const auto is_there = [&]() -> asio::awaitable<bool> {
            co_return cluster.came_to(1, narrow_cluster::silence_cql) == 1;
        };
        co_await cluster.become(is_there);
        const auto brief = statement_options().timeout(5ms);
        const auto late = co_await as_result(app.query(narrow_cluster::waiting_cql, brief));
        REQUIRE(!late.has_value());
        CHECK(late.error().is(errc::timed_out));
        CHECK(late.error().outcome() == request_outcome::not_sent);

        answer_or_none there;
        const auto named = statement_options().timeout(60s).route(request_route::to_host(id_of(1)));
        start(cluster.context, ask_into(app, narrow_cluster::waiting_cql, named, there));
        for (int i = 0; i < 100; ++i)
            co_await asio::post(cluster.context, asio::use_awaitable);
        cluster.relay.garble();
        const auto is_over = [&]() -> asio::awaitable<bool> { co_return there&& sent; };
        co_await cluster.become(is_over);
        REQUIRE(!there->has_value());
        CHECK(there->error().outcome() == request_outcome::not_sent);
        for (const int number : {1, 2})
            CHECK(cluster.came_to(number, narrow_cluster::waiting_cql) == 0);
        co_await app.close();
    });
}
