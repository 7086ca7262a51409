#include "live.hpp"
#include "schema.hpp"

#include <cocql/as_result.hpp>
#include <cocql/make_uuid.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;

namespace {

using startup_options = std::map<std::string, std::string>;

/// Named in STARTUP by all connections of one session, so that they are found among the others.
constexpr const char* mark_key = "COCQL_LIVE_TEST";

options marked_options(const std::string& mark) {
    options how(live::tls());
    how.connection(live::login(tls_options().ca_file(live::variable("COCQL_CA"))));
    how.connection().startup_option(mark_key, mark);
    return how;
}

/// What the connections of the session have said in STARTUP, as each node tells of those to itself
/// (Cassandra).
asio::awaitable<std::vector<startup_options>> said_by(session app, std::string mark) {
    std::vector<startup_options> all;
    const auto hosts = co_await app.hosts();
    for (const auto& each : hosts) {
        const auto there = statement_options().route(request_route::to_host(each.id));
        const auto clients =
            co_await app.query("SELECT client_options FROM system_views.clients", there);
        for (const auto& [said] : clients.rows<std::optional<startup_options>>())
            if (said && said->contains(mark_key) && said->at(mark_key) == mark)
                all.push_back(*said);
    }
    co_return all;
}

/// That are counted by the nodes, with the control connection.
asio::awaitable<std::size_t> connections_of(session app) {
    std::size_t all = 1;
    const auto hosts = co_await app.hosts();
    for (const auto& each : hosts)
        all += each.connections;
    co_return all;
}

asio::awaitable<void> overload_is_said() {
    {
        auto node = co_await connection::open(live::plain(), live::login());
        const bool offered = node.supported().contains("GRACEFUL_DISCONNECT");
        const std::string whether = offered ? "offered" : "not offered";
        MESSAGE("GRACEFUL_DISCONNECT is " << whether << " by this server");
        const bool of_scylla = live::is_scylla(node);
        if (!of_scylla)
            co_await live::have_keyspace(node, "live");
        co_await node.close();
        if (of_scylla) {
            MESSAGE("left out: ScyllaDB answers with OVERLOADED in any case");
            co_return;
        }
    }
    for (const bool wanted : {false, true}) {
        const auto mark = random_uuid().to_string();
        auto how = marked_options(mark);
        how.throw_on_overload(wanted);
        auto app = co_await connect(how);
        co_await app.ready();
        const auto all = co_await said_by(app, mark);
        const auto expected = co_await connections_of(app);
        CHECK(all.size() == expected);
        for (const auto& each : all) {
            CHECK(each.contains("THROW_ON_OVERLOAD") == wanted);
            if (wanted)
                CHECK(each.at("THROW_ON_OVERLOAD") == "1");
            CHECK(each.contains("SESSION_ID"));
        }
        const std::string what = wanted ? "THROW_ON_OVERLOAD=1" : "nothing of THROW_ON_OVERLOAD";
        MESSAGE(all.size() << " connections have said " << what);

        // And it is a session as any other.
        co_await app.query("CREATE TABLE IF NOT EXISTS live.overload (k int PRIMARY KEY, v text)");
        const auto put = co_await app.prepare("INSERT INTO live.overload (k, v) VALUES (?, ?)");
        const auto find = co_await app.prepare("SELECT v FROM live.overload WHERE k = ?");
        const std::string text(10'000, wanted ? 'w' : 'x');
        for (int i = 0; i < 200; ++i)
            co_await app.execute(put, i, text);
        for (int i = 0; i < 200; ++i) {
            const auto found = co_await app.execute(find, i);
            REQUIRE(found.size() == 1);
            for (const auto& [v] : found.rows<std::string>())
                CHECK((v == text));
        }
        co_await app.close();
    }
}

} // namespace

TEST_CASE("Each connection of a session says THROW_ON_OVERLOAD where that is wanted, as the nodes "
          "tell, and the session works as any other") {
    live::run(overload_is_said());
}
