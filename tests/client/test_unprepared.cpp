#include "node_thread.hpp"
#include "worlds.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

// After ALTER, DROP and CREATE, an eviction from its cache or a restart a server does not know the
// id of a prepared statement any more.

namespace {

constexpr const char* find_text = "SELECT name FROM people WHERE id = ?";
constexpr const char* insert_text = "INSERT INTO people (name) VALUES (?)";

/// A server that forgets statements when it is told to, and answers with the values it got.
class forgetful {
  public:
    testing::node_options options() {
        testing::node_options options;
        options.highest_version = 5;
        options.prepared_columns = {{"ks", "people", "name", data_type::kind::text}};
        options.forgets = [this](const std::string& cql) {
            if (always)
                return true;
            return forgotten.erase(cql) != 0;
        };
        options.answer_request =
            [this](const testing::node_request& request) -> std::optional<testing::node_reply> {
            if (request.cql != find_text)
                return std::nullopt;
            ++executed;
            std::string text = "nothing";
            if (!request.values.empty() && request.values.front())
                text.assign(reinterpret_cast<const char*>(request.values.front()->data()),
                            request.values.front()->size());
            const auto rows =
                testing::rows_of({{"ks", "people", "name", data_type::kind::text}}, {{text}});
            const bool last = ++pages % 3 == 0;
            const std::vector<std::byte> state(4, std::byte{1});
            return paged && !last ? testing::with_more(rows, state) : rows;
        };
        return options;
    }
    void forget_all() { forgotten = {find_text, insert_text}; }

    std::set<std::string> forgotten;
    bool always = false;
    bool paged = false;
    int executed = 0;
    int pages = 0;
};

using scenario =
    std::function<asio::awaitable<void>(testing::scripted_node&, connection, forgetful&)>;

asio::awaitable<void> open_and_play(testing::scripted_node& node, connection_options options,
                                    forgetful& server, scenario what) {
    auto connection = co_await connection::open(node.where(), options);
    auto playing = what(node, connection, server);
    co_await std::move(playing);
    co_await connection.close();
}

/// Plain and over TLS, in each version.
void play(const scenario& what) {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto version :
             {protocol_version::v3, protocol_version::v4, protocol_version::v5}) {
            CAPTURE(name_of(how));
            CAPTURE(static_cast<int>(version));
            forgetful server;
            scene s(how, server.options());
            auto options = client_of(how);
            options.version(version, true);
            s.run(open_and_play(s.node, options, server, what));
        }
}

asio::awaitable<void> go_on(testing::scripted_node& node, connection connection,
                            forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    for (int round = 0; round < 3; ++round) {
        server.forget_all();
        auto page = co_await connection.execute(find, "Ada");
        CHECK(text_of(page) == "Ada");
        page = co_await connection.execute(find, "Grace");
        CHECK(text_of(page) == "Grace");
    }
    CHECK(server.executed == 6);
    CHECK(node.count(opcode::prepare) == 1 + 3);
    CHECK(node.count(opcode::execute) == 6 + 3);
}

asio::awaitable<void> ask_for_own(connection connection, prepared_statement find, int who,
                                  int& right, int& ended) {
    const auto name = "person " + std::to_string(who);
    auto page = co_await connection.execute(find, name);
    right += text_of(page) == name ? 1 : 0;
    ++ended;
}

asio::awaitable<void> many_wait(testing::scripted_node& node, connection connection,
                                forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.forget_all();
    const auto executor = co_await asio::this_coro::executor;
    int right = 0;
    int ended = 0;
    constexpr int crowd = 50;
    for (int who = 0; who < crowd; ++who)
        asio::co_spawn(executor, ask_for_own(connection, find, who, right, ended), rethrow);
    co_await until([&] { return ended == crowd; });
    CHECK(right == crowd);
    CHECK(server.executed == crowd);
    CHECK(node.count(opcode::prepare) == 2);
}

asio::awaitable<void> long_values(testing::scripted_node&, connection connection,
                                  forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    for (const std::size_t length :
         {std::size_t{100}, std::size_t{20'000}, std::size_t{1'000'000}}) {
        server.forget_all();
        const std::string text(length, 'x');
        auto page = co_await connection.execute(find, text);
        CHECK((text_of(page) == text));
        // One that was bound before is sent as often as is asked for.
        auto bound = find.bind(text).value();
        for (int i = 0; i < 2; ++i) {
            server.forget_all();
            page = co_await connection.execute(bound);
            CHECK((text_of(page) == text));
        }
    }
}

asio::awaitable<void> batches(testing::scripted_node& node, connection connection,
                              forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    const auto insert = co_await connection.prepare(insert_text);
    server.forget_all();
    batch both;
    both.add(insert, "Ada").add("INSERT INTO people (name) VALUES ('plain')").add(find, "Grace");
    const auto before = node.statements().size();
    co_await connection.execute(both);
    CHECK(node.count(opcode::prepare) == 4);
    CHECK(node.count(opcode::batch) == 3);
    // What the node saw of the batch that it took.
    const auto& statements = node.statements();
    REQUIRE(statements.size() >= before + 3);
    CHECK(statements[statements.size() - 3] == insert_text);
    CHECK(statements[statements.size() - 1] == find_text);
}

asio::awaitable<void> turn_the_pages(testing::scripted_node&, connection connection,
                                     forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.paged = true;
    server.forget_all();
    auto pages = connection.pages(find, "Ada");
    int count = 0;
    for (;;) {
        const auto page = co_await pages.next();
        if (!page)
            break;
        CHECK(text_of(*page) == "Ada");
        ++count;
        server.forget_all();
    }
    CHECK(count == 3);
}

asio::awaitable<void> another_id(testing::scripted_node& node, connection connection,
                                 forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.forget_all();
    node.options().id_salt = " in another keyspace";
    const auto outcome = co_await as_result(connection.execute(find, "Ada"));
    REQUIRE(!outcome);
    const std::string text = outcome.error().what();
    CAPTURE(text);
    CHECK(text.find("under another id") != std::string::npos);
    CHECK(outcome.error().outcome() == request_outcome::answered);
    CHECK(outcome.error().operation() == "EXECUTE");
    CHECK(outcome.error().advice().find("prepare") != std::string::npos);
    CHECK(node.count(opcode::prepare) == 2);
    CHECK(node.count(opcode::execute) == 1);
    // And prepared anew it can be used.
    const auto anew = co_await connection.prepare(find_text);
    const auto page = co_await connection.execute(anew, "Ada");
    CHECK(text_of(page) == "Ada");
}

asio::awaitable<void> forgotten_for_ever(testing::scripted_node& node, connection connection,
                                         forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.always = true;
    const auto outcome = co_await as_result(connection.execute(find, "Ada"));
    REQUIRE(!outcome);
    CHECK(outcome.error().server()->code == server_error_code::unprepared);
    CHECK(outcome.error().outcome() == request_outcome::answered);
    CHECK(node.count(opcode::prepare) == 2);
    CHECK(node.count(opcode::execute) == 2);
    server.always = false;
    const auto page = co_await connection.execute(find, "Ada");
    CHECK(text_of(page) == "Ada");
}

asio::awaitable<void> gone_for_good(testing::scripted_node& node, connection connection,
                                    forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.forget_all();
    server_error dropped;
    dropped.code = server_error_code::invalid;
    dropped.message = "unconfigured table people";
    node.options().refused[opcode::prepare] = dropped;
    const auto outcome = co_await as_result(connection.execute(find, "Ada"));
    REQUIRE(!outcome);
    const std::string text = outcome.error().what();
    CAPTURE(text);
    CHECK(text.find("could not be prepared again") != std::string::npos);
    CHECK(text.find("unconfigured table people") != std::string::npos);
    CHECK(outcome.error().outcome() == request_outcome::answered);
    CHECK(server.executed == 0);
    CHECK(connection.state().open);
}

asio::awaitable<void> other_markers(testing::scripted_node& node, connection connection,
                                    forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    server.forget_all();
    node.options().parameters = [](const std::string&) {
        return std::vector<column>{{"ks", "people", "id", data_type::kind::blob}};
    };
    const auto outcome = co_await as_result(connection.execute(find, "Ada"));
    REQUIRE(!outcome);
    CHECK(std::string(outcome.error().what()).find("other types") != std::string::npos);
    CHECK(server.executed == 0);
}

asio::awaitable<void> ask_by(connection connection, prepared_statement find,
                             std::optional<result<page>>& answer) {
    answer = co_await as_result(connection.execute(find, "Ada"));
}

/// The statement was prepared before its markers had other types, and after that, and is forgotten.
asio::awaitable<void> markers_of_both_types(testing::scripted_node& node, connection connection,
                                            forgetful& server) {
    for (const bool former_first : {true, false}) {
        CAPTURE(former_first);
        server.executed = 0;
        std::vector<prepared_statement> known;
        for (const auto type : {data_type::kind::text, data_type::kind::ascii}) {
            node.options().parameters = [type](const std::string&) {
                return std::vector<column>{{"ks", "people", "id", type}};
            };
            known.push_back(co_await connection.prepare(find_text));
        }
        const auto prepared_before = node.count(opcode::prepare);
        node.options().forgets = [&node, prepared_before](const std::string&) {
            return node.count(opcode::prepare) == prepared_before;
        };
        const auto executor = co_await asio::this_coro::executor;
        std::vector<std::optional<result<page>>> answers(2);
        for (const bool former : {former_first, !former_first})
            asio::co_spawn(executor, ask_by(connection, known[former ? 0 : 1], answers[former]),
                           rethrow);
        co_await until([&] { return answers[0] && answers[1]; });
        CHECK(answers[0]->has_value());
        REQUIRE(!answers[1]->has_value());
        CHECK(std::string((*answers[1]).error().what()).find("other types") != std::string::npos);
        CHECK(server.executed == 1);
        CHECK(node.count(opcode::prepare) == prepared_before + 1);
    }
}

asio::awaitable<void> never_prepared_again(testing::scripted_node& node, connection connection,
                                           forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    node.options().answered_prepares = 1;
    server.forget_all();
    statement_options impatient;
    impatient.timeout(50ms);
    const auto outcome = co_await as_result(connection.execute(find, impatient, "Ada"));
    REQUIRE(!outcome);
    CHECK(outcome.error().is(errc::timed_out));
    CHECK(outcome.error().outcome() == request_outcome::answered);
    co_await until([&] { return connection.state().in_flight == 0; });
    CHECK(connection.state().orphans == 1);
    CHECK(server.executed == 0);
}

asio::awaitable<result<page>> cancellable(connection connection, prepared_statement find) {
    auto outcome = co_await as_result(connection.execute(find, "Ada"));
    co_return outcome;
}

asio::awaitable<void> cancelled_meanwhile(testing::scripted_node& node, connection connection,
                                          forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    node.options().answered_prepares = 1;
    server.forget_all();
    asio::cancellation_signal signal;
    std::optional<result<page>> outcome;
    asio::co_spawn(co_await asio::this_coro::executor, cancellable(connection, find),
                   asio::bind_cancellation_slot(signal.slot(),
                                                [&](std::exception_ptr thrown, result<page> ended) {
                                                    rethrow(thrown);
                                                    outcome = std::move(ended);
                                                }));
    co_await until([&] { return node.count(opcode::prepare) == 2; });
    signal.emit(asio::cancellation_type::terminal);
    co_await until([&] { return outcome.has_value(); });
    CHECK(outcome->error().is(errc::cancelled));
    CHECK(outcome->error().outcome() == request_outcome::answered);
    CHECK(connection.state().in_flight == 0);
}

asio::awaitable<void> closed_meanwhile(testing::scripted_node& node, connection connection,
                                       forgetful& server) {
    const auto find = co_await connection.prepare(find_text);
    node.options().answered_prepares = 1;
    server.forget_all();
    int ended = 0;
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(co_await asio::this_coro::executor, cancellable(connection, find),
                       [&](std::exception_ptr thrown, result<page> outcome) {
                           rethrow(thrown);
                           CHECK(outcome.error().has(errc::connection_closed));
                           CHECK(outcome.error().outcome() == request_outcome::answered);
                           ++ended;
                       });
    co_await until([&] { return node.count(opcode::prepare) == 2; });
    co_await connection.close();
    CHECK(ended == 3);
}

} // namespace

TEST_CASE("A statement that the server has forgotten is prepared again, and executed once") {
    play(go_on);
}

TEST_CASE("A statement that the server has forgotten is prepared again once, however many wait") {
    play(many_wait);
}

TEST_CASE("Long values are sent again as they were when the server has forgotten the statement") {
    play(long_values);
}

TEST_CASE("A batch whose statements the server has forgotten is executed once, as it was") {
    play(batches);
}

TEST_CASE("The pages of a statement that the server forgets again and again follow one another") {
    play(turn_the_pages);
}

TEST_CASE("A statement that is prepared again under another id fails and says so") {
    play(another_id);
}

TEST_CASE("A server that forgets a statement at once is not asked for ever") {
    play(forgotten_for_ever);
}

TEST_CASE("A statement that cannot be prepared again fails with the server's words") {
    play(gone_for_good);
}

TEST_CASE("A statement whose markers have other types now is not sent with the old ones' bytes") {
    play(other_markers);
}

TEST_CASE("A statement whose markers have other types now goes on for those who bound it to these, "
          "and only for them, whoever comes first") {
    play(markers_of_both_types);
}

TEST_CASE("R27 a request whose statement is being prepared again ends at its own deadline") {
    play(never_prepared_again);
}

TEST_CASE("R30 X24 a request whose statement is being prepared again can be cancelled and closed") {
    play(cancelled_meanwhile);
    play(closed_meanwhile);
}

namespace {

asio::awaitable<void> prepare_into(connection from, prepared_statement& into) {
    into = co_await from.prepare(find_text);
}

/// A connection whose server has forgotten a statement and does not prepare it again, on an
/// io_context that can be destroyed.
class never_renewed {
  public:
    never_renewed() : node_(speech::plain, options()) {
        connection = opened_on(*home, node_.where(), client_of(speech::plain));
        start(*home, prepare_into(connection, find));
        while (!find)
            home->run_one();
        server_.forget_all();
    }

    /// Lets the context turn until so many requests are in flight and the server has got so many
    /// EXECUTEs, of which the first makes a PREPARE necessary.
    void turn_until(std::size_t in_flight, std::size_t executes) {
        const auto prepares = executes == 0 ? 1u : 2u;
        bool got = false;
        while (!got || connection.state().in_flight != in_flight) {
            home->poll();
            node_.with([&](testing::scripted_node& node) {
                got = node.count(opcode::prepare) == prepares &&
                      node.count(opcode::execute) == executes;
            });
        }
    }

    std::unique_ptr<asio::io_context> home = std::make_unique<asio::io_context>(1);
    cocql::connection connection;
    prepared_statement find;

  private:
    testing::node_options options() {
        auto options = server_.options();
        options.answered_prepares = 1;
        options.silent_statement = "silent";
        return options;
    }

    forgetful server_;
    node_thread node_;
};

asio::awaitable<void> await_silence(connection connection) {
    co_await connection.query("silent");
}

} // namespace

TEST_CASE("X25 an io_context is destroyed while statements are being prepared again") {
    never_renewed here;
    world away(world_kind::one_thread);
    std::atomic<int> ended = 0;
    for (const auto& executor : {asio::any_io_executor(here.home->get_executor()), away.executor()})
        asio::co_spawn(executor, cancellable(here.connection, here.find),
                       [&](std::exception_ptr thrown, result<page> outcome) {
                           rethrow(thrown);
                           CHECK(outcome.error().has(errc::connection_closed));
                           // UNPREPARED is the proof that nothing was executed.
                           CHECK(outcome.error().outcome() == request_outcome::answered);
                           ++ended;
                       });
    // Both wait when the PREPARE is the only one in flight.
    here.turn_until(1, 2);
    here.home.reset();
    away.finish();
    CHECK(ended == 1); // the other went with its context
}

TEST_CASE("X25 who waited for a statement to be prepared again is gone while the connection still "
          "lets go of others, and it remembers it nowhere") {
    never_renewed here;
    world away(world_kind::one_thread);
    constexpr std::size_t others = 3'000;
    const auto ask_others = [&] {
        for (std::size_t i = 0; i < others; ++i)
            start(*here.home, await_silence(here.connection));
    };
    // Its deadline is in the middle of theirs.
    ask_others();
    here.turn_until(others, 0);
    auto ended =
        asio::co_spawn(away.executor(), cancellable(here.connection, here.find), asio::use_future);
    here.turn_until(others + 1, 1);
    ask_others();
    here.turn_until(2 * others + 1, 1);
    here.home.reset();
    CHECK(ended.get().error().has(errc::connection_closed));
    CHECK(here.connection.state().in_flight == 0);
}

namespace {

asio::awaitable<page> execute_once(connection connection, prepared_statement find) {
    auto page = co_await connection.execute(find, "Ada");
    co_return page;
}

asio::awaitable<prepared_statement> prepare_once(connection connection) {
    auto find = co_await connection.prepare(find_text);
    co_return find;
}

asio::awaitable<connection> open_once(endpoint where) {
    auto opened = co_await connection::open(where, client_of(speech::plain));
    co_return opened;
}

} // namespace

TEST_CASE("A statement that the server has forgotten is prepared again for whoever awaits it on "
          "another executor") {
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        forgetful server;
        server.forget_all();
        node_thread node(speech::plain, server.options());
        world home(kind);
        world away(kind);
        auto connection =
            asio::co_spawn(home.executor(), open_once(node.where()), asio::use_future).get();
        const auto find =
            asio::co_spawn(away.executor(), prepare_once(connection), asio::use_future).get();
        const auto page =
            asio::co_spawn(away.executor(), execute_once(connection, find), asio::use_future).get();
        CHECK(text_of(page) == "Ada");
        asio::co_spawn(away.executor(), connection.close(), asio::use_future).get();
        connection = {};
        CHECK(node.stop().count(opcode::prepare) == 2);
    }
}

namespace {

asio::awaitable<void> learn_new_rows(testing::scripted_node& node, connection_options options,
                                     int& described) {
    auto connection = co_await connection::open(node.where(), options);
    const auto find = co_await connection.prepare(find_text);
    auto page = co_await connection.execute(find, "1");
    CHECK(page.columns().size() == 1);
    CHECK(described == 0);
    // ALTER TABLE people ADD born date
    node.options().prepared_columns.push_back({"ks", "people", "born", data_type::kind::text});
    node.options().metadata_id = "columns 2";
    const auto again = find;
    for (int i = 0; i < 3; ++i) {
        page = co_await connection.execute(i == 1 ? again : find, "2");
        REQUIRE(page.columns().size() == 2);
        CHECK(page.columns()[1].name == "born");
    }
    CHECK(described == 1); // the news was kept
    CHECK(find.result_columns().size() == 1);
    CHECK(find.newest().result_columns().size() == 2);
    // A statement that was bound before learns it too.
    const auto bound = find.bind("3").value();
    page = co_await connection.execute(bound);
    CHECK(page.columns().size() == 2);
    CHECK(described == 1);
    co_await connection.close();
}

} // namespace

TEST_CASE("What a server says anew of a statement's rows is kept: it is said once, and not with "
          "every answer") {
    for (const auto like : {testing::manners::cassandra, testing::manners::scylla}) {
        testing::node_options options;
        options.like = like;
        options.highest_version = like == testing::manners::cassandra ? 5 : 4;
        options.prepared_columns = {{"ks", "people", "name", data_type::kind::text}};
        int described = 0;
        scene s(speech::plain, options);
        s.node.options().answer_request =
            [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
            if (!request.knows_rows)
                ++described;
            std::vector<value> row(s.node.options().prepared_columns.size(), value("x"));
            return testing::rows_of(s.node.options().prepared_columns, {row});
        };
        s.run(learn_new_rows(s.node, client_of(speech::plain), described));
    }
}
