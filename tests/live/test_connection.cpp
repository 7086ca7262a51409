#include "live.hpp"
#include "schema.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace asio = boost::asio;
using namespace cocql;

namespace {

asio::awaitable<void> every_type(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    co_await live::have_keyspace(connection, "live");
    co_await live::change_schema(
        connection, "CREATE TYPE IF NOT EXISTS live.address (street text, number int)");
    co_await live::change_schema(
        connection, "CREATE TABLE IF NOT EXISTS live.types (k int PRIMARY KEY, a ascii, "
                    "b bigint, c blob, d boolean, e decimal, f double, "
                    "g float, h inet, i smallint, j text, l time, m timestamp, n "
                    "timeuuid, o tinyint, p uuid, q varint, r date, "
                    "s duration, t list<int>, u set<text>, v map<text, "
                    "frozen<list<int>>>, w frozen<tuple<int, text>>, "
                    "x frozen<address>)");
    auto insert = co_await connection.prepare(
        "INSERT INTO live.types (k, a, b, c, d, e, f, g, h, i, j, l, m, n, o, p, q, r, s, t, u, v, "
        "w, x) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    REQUIRE(insert.parameters().size() == 24);
    CHECK(insert.partition_key_indices() == std::vector<std::uint16_t>{0});
    std::vector<value> values;
    values.emplace_back(1);
    values.emplace_back("ascii");
    values.emplace_back(-9'000'000'000);
    values.emplace_back(value::blob{std::byte{0}, std::byte{255}});
    values.emplace_back(true);
    values.emplace_back(*decimal::parse("-12.340"));
    values.emplace_back(0.1);
    values.emplace_back(2.5f);
    values.emplace_back(*inet_address::parse("2001:db8::1"));
    values.emplace_back(-32768);
    values.emplace_back("grüße ∑");
    values.emplace_back(cocql::time{86'399'999'999'999});
    values.emplace_back(timestamp{1'700'000'000'123});
    values.emplace_back(*uuid::parse("d5084370-e7ed-11f1-9ba3-4ddc97894f08"));
    values.emplace_back(-128);
    values.emplace_back(*uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8"));
    values.emplace_back(*varint::parse("-340282366920938463463374607431768211456"));
    values.emplace_back(date{date::epoch + 20000});
    values.emplace_back(duration{14, 3, 3'600'000'000'001});
    values.emplace_back(value::sequence{1, 2, 3});
    values.emplace_back(value::sequence{"a", "b"});
    values.emplace_back(value::mapping{{"x", value::sequence{1, 2}}});
    values.emplace_back(value::sequence{7, "seven"});
    values.emplace_back(value::sequence{"High Street", 12});
    co_await connection.execute(insert, values);
    auto page = co_await connection.query("SELECT k, a, b, c, d, e, f, g, h, i, j, l, m, n, o, p, "
                                          "q, r, s, t, u, v, w, x FROM live.types WHERE k = 1");
    REQUIRE(page.size() == 1);
    std::size_t column = 0;
    for (const auto& cell : page.front().cells()) {
        INFO(page.columns()[column].name);
        auto decoded = cell.decode();
        REQUIRE(decoded.has_value());
        CHECK(*decoded == values[column]);
        ++column;
    }
    CHECK(column == values.size());
    co_await connection.close();
}

asio::awaitable<void> all_pages(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    co_await live::have_keyspace(connection, "live");
    co_await live::change_schema(connection,
                                 "CREATE TABLE IF NOT EXISTS live.numbers (k int PRIMARY KEY)");
    auto insert = co_await connection.prepare("INSERT INTO live.numbers (k) VALUES (?)");
    for (int i = 0; i < 250; ++i) {
        std::vector<value> values{i};
        co_await connection.execute(insert, values);
    }
    std::set<std::int64_t> seen;
    std::size_t pages = 0;
    statement_options options_of_page;
    options_of_page.page_size(100);
    for (;;) {
        auto page = co_await connection.query("SELECT k FROM live.numbers", options_of_page);
        ++pages;
        for (const auto row : page.rows()) {
            auto cell = row[0].decode();
            seen.insert(*cell->get<std::int64_t>());
        }
        if (!page.has_more_pages())
            break;
        options_of_page.paging_state({page.paging_state().begin(), page.paging_state().end()});
    }
    CHECK(seen.size() == 250);
    CHECK(pages == 3);
    co_await connection.close();
}

asio::awaitable<void> errors_carry_their_fields(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    auto syntax = co_await as_result(connection.query("SELEC 1"));
    REQUIRE(!syntax);
    CHECK(syntax.error().is(errc::server_error));
    REQUIRE(syntax.error().server() != nullptr);
    CHECK(syntax.error().server()->code == server_error_code::syntax_error);
    CHECK(syntax.error().outcome() == request_outcome::answered);
    CHECK(syntax.error().endpoint() == where.to_string());
    co_await live::have_keyspace(connection, "live");
    const auto again = live::create_keyspace("live");
    auto exists = co_await as_result(connection.query(again));
    REQUIRE(!exists);
    REQUIRE(exists.error().server() != nullptr);
    CHECK(exists.error().server()->code == server_error_code::already_exists);
    CHECK(std::get<already_exists_details>(exists.error().server()->details).keyspace == "live");
    co_await live::change_schema(connection,
                                 "CREATE TABLE IF NOT EXISTS live.numbers (k int PRIMARY KEY)");
    auto strong = statement_options();
    strong.consistency(consistency::three);
    auto unavailable =
        co_await as_result(connection.query("SELECT k FROM live.numbers WHERE k = 1", strong));
    REQUIRE(!unavailable);
    INFO(std::string(unavailable.error().what()));
    REQUIRE(unavailable.error().server() != nullptr);
    CHECK(unavailable.error().server()->code == server_error_code::unavailable);
    const auto& details = std::get<unavailable_details>(unavailable.error().server()->details);
    CHECK(details.required == 3);
    CHECK(details.alive == 1);
    co_await connection.close();
}

asio::awaitable<void> many_in_flight(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    int done = 0;
    const auto one = [](cocql::connection shared, int& count) -> asio::awaitable<void> {
        for (int i = 0; i < 50; ++i) {
            auto page = co_await shared.query("SELECT key FROM system.local");
            CHECK(page.size() == 1);
            ++count;
        }
    };
    std::exception_ptr failure;
    int running = 0;
    for (int i = 0; i < 100; ++i) {
        ++running;
        asio::co_spawn(connection.get_executor(), one(connection, done),
                       [&](std::exception_ptr thrown) {
                           --running;
                           if (thrown)
                               failure = thrown;
                       });
    }
    while (running != 0)
        co_await asio::post(connection.get_executor(), asio::use_awaitable);
    CHECK(!failure);
    CHECK(done == 5000);
    CHECK(connection.state().in_flight == 0);
    co_await connection.close();
}

asio::awaitable<void> schema_events(endpoint where, connection_options options) {
    std::vector<std::string> changes;
    options.events({event_type::schema_change}, [&](const event& happened) {
        if (const auto* change = std::get_if<schema_change>(&happened))
            changes.push_back(change->change + " " + change->target + " " + change->keyspace);
    });
    auto connection = co_await connection::open(where, options);
    co_await connection.query("DROP KEYSPACE IF EXISTS live_events");
    const auto create = live::create_keyspace("live_events");
    auto made = co_await connection.query(create);
    REQUIRE(made.schema_change().has_value());
    CHECK(made.schema_change()->keyspace == "live_events");
    co_await connection.query("DROP KEYSPACE live_events");
    // Events of a schema change come on this very connection; a few round trips give them time.
    for (int i = 0; i < 200 && changes.size() < 2; ++i)
        co_await connection.query("SELECT key FROM system.local");
    CHECK(std::count(changes.begin(), changes.end(), "CREATED KEYSPACE live_events") == 1);
    co_await connection.close();
}

asio::awaitable<void> used_keyspace(endpoint where, connection_options options) {
    options.keyspace("system");
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("SELECT key FROM local");
    CHECK(page.size() == 1);
    co_await connection.close();
    options.keyspace("no \"such\" keyspace");
    auto refused = co_await as_result(connection::open(where, options));
    REQUIRE(!refused);
    CHECK(refused.error().phase() == phase::use_keyspace);
}

asio::awaitable<void> refused_login(endpoint where, connection_options options) {
    options.login(live::variable("COCQL_USERNAME"), "wrong");
    auto refused = co_await as_result(connection::open(where, options));
    REQUIRE(!refused);
    CHECK(refused.error().is(errc::authentication_failed));
    CHECK(refused.error().phase() == phase::auth);
    CHECK(std::string(refused.error().what()).find("wrong") == std::string::npos);
}

asio::awaitable<void> speaks(endpoint where, connection_options options, protocol_version version) {
    options.version(version, true);
    auto connection = co_await connection::open(where, options);
    CHECK(connection.version() == version);
    auto page = co_await connection.query("SELECT cluster_name FROM system.local");
    CHECK(page.size() == 1);
    auto prepared =
        co_await connection.prepare("SELECT cluster_name FROM system.local WHERE key = ?");
    std::vector<value> values{"local"};
    auto again = co_await connection.execute(prepared, values);
    CHECK(again.size() == 1);
    co_await connection.close();
}

template <class Test>
void plain_and_tls(Test test) {
    SUBCASE("plain") {
        live::run(test(live::plain(), live::login_over(false)));
    }
    SUBCASE("TLS") {
        live::run(test(live::tls(), live::login_over(true)));
    }
}

} // namespace

TEST_CASE("live: a value of every type is written and read back") {
    plain_and_tls(every_type);
}
TEST_CASE("live: all rows come page by page") {
    plain_and_tls(all_pages);
}
TEST_CASE("R32 live: a server's error carries its fields") {
    plain_and_tls(errors_carry_their_fields);
}
TEST_CASE("R29 live: a hundred coroutines share a connection") {
    plain_and_tls(many_in_flight);
}
TEST_CASE("live: schema events arrive") {
    plain_and_tls(schema_events);
}
TEST_CASE("live: the keyspace is used, whatever its name") {
    plain_and_tls(used_keyspace);
}
TEST_CASE("E13 live: a bad login is authentication_failed") {
    plain_and_tls(refused_login);
}
TEST_CASE("live: protocol versions 3 and 4") {
    for (const auto version : {protocol_version::v3, protocol_version::v4}) {
        live::run(speaks(live::plain(), live::login_over(false), version));
        live::run(speaks(live::tls(), live::login_over(true), version));
    }
}
