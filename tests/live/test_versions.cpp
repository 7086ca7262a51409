#include "schema.hpp"
#include "spoken.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace asio = boost::asio;
using namespace cocql;

namespace {

asio::awaitable<void> make_tables(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    co_await live::have_keyspace(connection, "live");
    co_await live::change_schema(
        connection, "CREATE TABLE IF NOT EXISTS live.texts (k text PRIMARY KEY, v text)");
    co_await live::change_schema(
        connection, "CREATE TABLE IF NOT EXISTS live.altered (k int PRIMARY KEY, b int)");
    co_await connection.close();
}

std::string text_of(std::size_t size) {
    std::string text;
    text.reserve(size);
    for (std::size_t i = 0; i < size; ++i)
        text += static_cast<char>('a' + i * i % 26);
    return text;
}

asio::awaitable<void> carries(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    CHECK(connection.version() == options.version());
    auto insert = co_await connection.prepare("INSERT INTO live.texts (k, v) VALUES (?, ?)");
    auto select = co_await connection.prepare("SELECT v FROM live.texts WHERE k = ?");
    for (const std::size_t size : {1u, 300u, 5000u, 131'000u, 131'072u, 1'500'000u}) {
        const auto text = text_of(size);
        std::vector<value> both{"key", text};
        co_await connection.execute(insert, both);
        std::vector<value> key{"key"};
        for (int i = 0; i < 2; ++i) {
            auto page = co_await connection.execute(select, key);
            REQUIRE(page.size() == 1);
            auto read = page.front()["v"].decode();
            const bool same = *read == value(text);
            CHECK(same);
        }
    }
    // Many answers in one turn, and errors with their fields.
    auto page = co_await connection.query("SELECT * FROM system_schema.columns");
    CHECK(page.size() > 100);
    auto refused = co_await as_result(connection.query("SELECT nothing FROM live.texts"));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().server()->code == server_error_code::invalid);
    co_await connection.close();
}

asio::awaitable<void> keyspaces(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    statement_options there;
    there.keyspace("live").now_in_seconds(1'800'000'000);
    auto page = co_await connection.query("SELECT k FROM texts", there);
    CHECK(page.has_rows());
    auto select = co_await connection.prepare("SELECT k FROM texts", there);
    auto again = co_await connection.execute(select, {});
    CHECK(again.has_rows());
    auto nowhere = co_await as_result(connection.query("SELECT k FROM texts"));
    CHECK(!nowhere.has_value());
    co_await connection.close();
}

asio::awaitable<void> altered(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    auto other = co_await connection::open(where, options);
    co_await as_result(connection.query("ALTER TABLE live.altered DROP a"));
    co_await live::schema_agrees(connection);
    co_await connection.query("INSERT INTO live.altered (k, b) VALUES (1, 2)");
    auto select = co_await connection.prepare("SELECT * FROM live.altered WHERE k = 1");
    REQUIRE(select.result_metadata_id().has_value());
    auto before = co_await connection.execute(select, {});
    CHECK(before.columns().size() == 2);
    CHECK(*before.front()["b"].decode() == value(2));
    // The other connection prepares the same after the change, so that the server knows it again.
    co_await live::change_schema(other, "ALTER TABLE live.altered ADD a int");
    co_await other.prepare("SELECT * FROM live.altered WHERE k = 1");
    auto after = co_await connection.execute(select, {});
    CHECK(after.columns().size() == 3);
    CHECK(*after.front()["b"].decode() == value(2));
    CHECK(after.front()["a"].is_null());
    co_await other.close();
    co_await connection.close();
}

} // namespace

TEST_CASE("live: every version and compression that the server has carries texts of every length") {
    live::run(make_tables(live::plain(), live::login_over(false)));
    for (const bool with_tls : {false, true})
        live::for_each_spoken(with_tls,
                              [](const endpoint& where, const connection_options& options) {
                                  live::run(carries(where, options));
                              });
}

TEST_CASE("live: v5 has keyspaces for statements, and says when the columns of one have changed") {
    live::run(make_tables(live::plain(), live::login_over(false)));
    auto options = live::login_over(false);
    options.version(protocol_version::v5, true);
    if (!live::run(live::is_spoken(protocol_version::v5, compression::none))) {
        MESSAGE("the server does not speak version 5");
        return;
    }
    live::run(keyspaces(live::plain(), options));
    live::run(altered(live::plain(), options));
}

namespace {

asio::awaitable<void> finds_the_highest(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    const auto listed = connection.supported().find("PROTOCOL_VERSIONS");
    const bool has_5 =
        listed != connection.supported().end() &&
        std::find(listed->second.begin(), listed->second.end(), "5/v5") != listed->second.end();
    CHECK(connection.version() == (has_5 ? protocol_version::v5 : protocol_version::v4));
    auto page = co_await connection.query("SELECT key FROM system.local");
    CHECK(page.size() == 1);
    co_await connection.close();
}

} // namespace

TEST_CASE("E13 live: without a version chosen the highest that the server lists is spoken") {
    live::run(finds_the_highest(live::plain(), live::login_over(false)));
    live::run(finds_the_highest(live::tls(), live::login_over(true)));
}

TEST_CASE("E13 live: asking for version 5 comes to what the server speaks") {
    auto options = live::login_over(false);
    options.version(protocol_version::v5);
    live::run(make_tables(live::plain(), options));
}
