#include "node.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// What fails, and not with anything but cocql::error.
template <class Operation>
asio::awaitable<void> fails(Operation operation, errc why, int& failed) {
    try {
        co_await std::move(operation);
        FAIL_CHECK("it did not fail");
    } catch (const error& failure) {
        INFO(std::string(failure.what()));
        CHECK(failure.is(why));
        ++failed;
    }
}

asio::awaitable<void> ask_everything(connection nothing, prepared_statement statement,
                                     int& failed) {
    constexpr auto why = errc::connection_closed;
    co_await fails(nothing.query("SELECT"), why, failed);
    co_await fails(nothing.query("SELECT ?", 7), why, failed);
    co_await fails(nothing.prepare("SELECT"), why, failed);
    co_await fails(nothing.execute(statement, std::string("x")), why, failed);
    std::vector<value> values(1, value("x"));
    co_await fails(nothing.execute(statement, values), why, failed);
    batch statements;
    statements.add("INSERT");
    co_await fails(nothing.execute(statements), why, failed);
    co_await fails(nothing.fetch_trace(uuid()), why, failed);
    raw_request options(opcode::options, {});
    co_await fails(nothing.request(options), why, failed);
    auto pages = nothing.pages("SELECT");
    co_await fails(pages.next(), why, failed);
    auto rows = nothing.pages("SELECT").rows<std::string>();
    co_await fails(rows.next(), why, failed);
}

constexpr int questions_to_nothing = 10;

void look_at(const connection& nothing) {
    CHECK(!nothing);
    CHECK(!nothing.state().open);
    CHECK(nothing.state().last_error.is(errc::connection_closed));
    CHECK(nothing.supported().empty());
    CHECK(nothing.where().host().empty());
    CHECK(nothing.times().empty());
    CHECK(nothing.peer().certificate_subject.empty());
    CHECK(!nothing.get_executor());
    static_cast<void>(nothing.version());
    const std::array<std::byte, 9> frame{};
    auto copy = nothing;
    const auto pushed = copy.push(frame);
    REQUIRE(!pushed);
    CHECK(pushed.error().is(errc::connection_closed));
}

asio::awaitable<void> use_what_was_moved_from(endpoint where, int& failed) {
    auto connection = co_await connection::open(where);
    auto statement = co_await connection.prepare("SELECT ?");
    auto moved = std::move(connection);
    look_at(connection);
    co_await ask_everything(connection, statement, failed);
    co_await connection.close();
    auto page = co_await moved.query("still here");
    CHECK(text_of(page) == "still here");
    co_await moved.close();
    // The same for one that has been closed.
    co_await ask_everything(moved, statement, failed);
}

} // namespace

TEST_CASE("X25 an empty connection, and one that was moved from, says that it is none") {
    scene s(speech::plain, echo());
    int failed = 0;
    look_at(connection());
    s.run(ask_everything(connection(), prepared_statement(), failed));
    // A statement that is none is the greater mistake.
    CHECK(failed <= questions_to_nothing);
}

TEST_CASE(
    "X25 a connection that was moved from, or closed, fails all that it is questions_to_nothing") {
    scene s(speech::plain, echo());
    int failed = 0;
    s.run(use_what_was_moved_from(s.node.where(), failed));
    CHECK(failed == 2 * questions_to_nothing);
}

namespace {

void look_at(const prepared_statement& none) {
    CHECK(!none);
    CHECK(none.cql().empty());
    CHECK(none.id().empty());
    CHECK(!none.result_metadata_id());
    CHECK(none.parameters().empty());
    CHECK(none.partition_key_indices().empty());
    CHECK(none.result_columns().empty());
    CHECK(none.warnings().empty());
    CHECK(!none.newest());
    const auto bound = none.bind(7);
    REQUIRE(!bound);
    CHECK(bound.error().is(errc::invalid_argument));
    const auto without = none.bind();
    REQUIRE(!without);
    const std::vector<value> values(1, value("x"));
    const auto of_values = bound_statement::of_values(none, values);
    REQUIRE(!of_values);
    CHECK(of_values.error().is(errc::invalid_argument));
    CHECK(!bound_statement::of_values(none, std::span<const value>()));
}

asio::awaitable<void> execute_none(endpoint where, prepared_statement none, int& failed) {
    auto connection = co_await connection::open(where);
    co_await fails(connection.execute(none), errc::invalid_argument, failed);
    co_await fails(connection.execute(none, 7), errc::invalid_argument, failed);
    std::vector<value> values(1, value("x"));
    co_await fails(connection.execute(none, values), errc::invalid_argument, failed);
    auto pages = connection.pages(none, 7);
    co_await fails(pages.next(), errc::invalid_argument, failed);
    batch statements;
    statements.add(none, 7);
    co_await fails(connection.execute(statements), errc::invalid_argument, failed);
    auto page = co_await connection.query("still here");
    CHECK(text_of(page) == "still here");
    co_await connection.close();
}

asio::awaitable<void> move_a_statement(endpoint where, int& failed) {
    auto connection = co_await connection::open(where);
    auto statement = co_await connection.prepare("SELECT ?");
    const auto moved = std::move(statement);
    look_at(statement);
    auto execution = execute_none(where, statement, failed);
    co_await std::move(execution);
    // What was bound and moved from.
    auto bound = moved.bind(std::string("x"));
    REQUIRE(bound.has_value());
    const auto taken = std::move(*bound);
    co_await fails(connection.execute(*bound), errc::invalid_argument, failed);
    batch statements;
    statements.add(*bound);
    co_await fails(connection.execute(statements), errc::invalid_argument, failed);
    auto pages = connection.pages(*bound);
    co_await fails(pages.next(), errc::invalid_argument, failed);
    auto page = co_await connection.execute(taken);
    CHECK(page.has_rows());
    co_await connection.close();
}

} // namespace

TEST_CASE("X25 an empty prepared statement, and one that was moved from, has nothing in it, and "
          "executing it fails before anything is sent") {
    int failed = 0;
    look_at(prepared_statement());
    scene s(speech::plain, echo());
    s.run(execute_none(s.node.where(), prepared_statement(), failed));
    CHECK(failed == 5);
    scene moved(speech::plain, echo());
    moved.run(move_a_statement(moved.node.where(), failed));
    CHECK(failed == 13);
}

namespace {

void look_at(const page& none) {
    CHECK(!none.has_rows());
    CHECK(none.size() == 0);
    CHECK(none.empty());
    CHECK(none.columns().empty());
    CHECK(none.rows().begin() == none.rows().end());
    CHECK_THROWS_AS(none.front(), error);
    CHECK_THROWS_AS(none.rows<std::string>(), error);
    CHECK_THROWS_AS(static_cast<void>(none.was_applied()), error);
    CHECK(!none.has_more_pages());
    CHECK(none.paging_state().empty());
    CHECK(none.warnings().empty());
    CHECK(!none.tracing_id());
    CHECK(none.custom_payload().empty());
    CHECK(none.keyspace().empty());
    CHECK(!none.schema_change());
}

asio::awaitable<void> move_a_page(endpoint where) {
    auto connection = co_await connection::open(where);
    auto page = co_await connection.query("a row");
    const auto moved = std::move(page);
    look_at(page);
    CHECK(text_of(moved) == "a row");
    co_await connection.close();
}

asio::awaitable<void> move_a_pager(endpoint where, int& failed) {
    auto connection = co_await connection::open(where);
    auto pages = connection.pages("a row");
    auto moved = std::move(pages);
    CHECK(pages.paging_state().empty());
    pages.prefetch(false);
    co_await fails(pages.next(), errc::invalid_argument, failed);
    auto page = co_await moved.next();
    REQUIRE(page.has_value());
    CHECK(text_of(*page) == "a row");
    auto rows = std::move(moved).rows<std::string>();
    auto others = std::move(rows);
    co_await fails(rows.next(), errc::invalid_argument, failed);
    auto none = co_await others.next();
    CHECK(!none);
    // An assignment gives up what there was.
    pages = connection.pages("another row");
    pages = connection.pages("a third row");
    page = co_await pages.next();
    CHECK(text_of(*page) == "a third row");
    co_await connection.close();
}

} // namespace

TEST_CASE("X25 an empty page, and one that was moved from, is a page without rows") {
    look_at(page());
    scene s(speech::plain, echo());
    s.run(move_a_page(s.node.where()));
}

TEST_CASE("X25 a pager that was moved from says that it is none") {
    scene s(speech::plain, echo());
    int failed = 0;
    s.run(move_a_pager(s.node.where(), failed));
    CHECK(failed == 2);
}
