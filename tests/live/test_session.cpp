#include "live.hpp"
#include "schema.hpp"

#include <cocql/as_result.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace asio = boost::asio;
using namespace cocql;

namespace {

options cluster_options() {
    options how(live::tls());
    how.connection(live::login(tls_options().ca_file(live::variable("COCQL_CA"))));
    return how;
}

asio::awaitable<void> all_forms() {
    auto app = co_await connect(cluster_options());
    const auto hosts = co_await app.hosts();
    CHECK(!hosts.empty());
    {
        auto node = co_await connection::open(live::plain(), live::login());
        co_await live::have_keyspace(node, "live");
        co_await live::change_schema(
            node, "CREATE TABLE IF NOT EXISTS live.session_forms (k int, c int, v text, "
                  "PRIMARY KEY (k, c))");
        co_await node.close();
    }
    const auto insert =
        co_await app.prepare("INSERT INTO live.session_forms (k, c, v) VALUES (?, ?, ?)");
    const auto again =
        co_await app.prepare("INSERT INTO live.session_forms (k, c, v) VALUES (?, ?, ?)");
    CHECK(insert.content() == again.content());
    batch several(batch_type::unlogged);
    for (int c = 0; c < 50; ++c)
        several.add(insert, 1, c, "row " + std::to_string(c));
    co_await app.execute(several);
    const auto all = statement_options().page_size(7);
    auto rows =
        app.pages(co_await app.prepare("SELECT c, v FROM live.session_forms WHERE k = ?"), all, 1)
            .rows<int, std::string>();
    int expected = 0;
    for (;;) {
        const auto row = co_await rows.next();
        if (!row)
            break;
        CHECK(std::get<0>(*row) == expected);
        ++expected;
    }
    CHECK(expected == 50);
    const auto one =
        co_await app.query("SELECT v FROM live.session_forms WHERE k = ? AND c = ?", 1, 3);
    for (const auto& [text] : one.rows<std::string>())
        CHECK(text == "row 3");
    const auto refused = co_await as_result(app.query("SELECT nothing FROM live.session_forms"));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().server() != nullptr);
    const auto use = co_await app.query("USE live");
    CHECK(use.keyspace() == "live");
    const auto bare = co_await app.query("SELECT count(*) FROM session_forms WHERE k = ?", 1);
    for (const auto& [count] : bare.rows<std::int64_t>())
        CHECK(count == 50);
    const auto unknown = co_await as_result(app.use_keyspace("nowhere_at_all"));
    REQUIRE(!unknown.has_value());
    CHECK(unknown.error().server() != nullptr);
    co_await app.use_keyspace("system");
    const auto local = co_await app.query("SELECT key FROM local");
    CHECK(local.size() == 1);
    co_await app.close();

    auto inside = cluster_options();
    inside.keyspace("live");
    auto there = co_await connect(inside);
    const auto found = co_await there.query("SELECT count(*) FROM session_forms WHERE k = ?", 1);
    for (const auto& [count] : found.rows<std::int64_t>())
        CHECK(count == 50);
    co_await there.close();

    auto wrong = cluster_options();
    wrong.login(live::variable("COCQL_USERNAME"), "not the password");
    const auto locked_out = co_await as_result(connect(wrong));
    REQUIRE(!locked_out.has_value());
    CHECK(locked_out.error().has(errc::authentication_failed));
    auto nowhere = cluster_options();
    nowhere.keyspace("there_is_none_such");
    const auto no_keyspace = co_await as_result(connect(nowhere));
    REQUIRE(!no_keyspace.has_value());
    CHECK(no_keyspace.error().is(errc::no_host_available));
}

} // namespace

TEST_CASE("A session does with a real cluster what a connection does, over TLS with a password") {
    live::run(all_forms());
}
