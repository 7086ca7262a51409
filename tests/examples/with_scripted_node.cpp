// A user's test without a database: a scripted node answers, and the wire is cut on purpose.
#include <cocql/cocql.hpp>
#include <cocql/testing/relay.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace testing = cocql::testing;

namespace {

testing::node_reply answer(const std::string& cql) {
    if (cql.starts_with("SELECT"))
        return testing::rows_of({{"app", "people", "name", cocql::data_type::kind::text},
                                 {"app", "people", "born", cocql::data_type::kind::int_}},
                                {{"Ada", 1815}, {"Grace", 1906}});
    cocql::server_error denied;
    denied.code = cocql::server_error_code::unauthorized;
    denied.message = "only reading is allowed here";
    return testing::error_of(denied);
}

asio::awaitable<int> run(testing::scripted_node& node, testing::relay& relay) {
    auto connection = co_await cocql::connection::open(node.where());
    const auto people = co_await connection.query("SELECT name, born FROM app.people");
    for (const auto row : people.rows())
        std::cout << row["name"] << " " << row["born"] << '\n';
    const auto refused = co_await cocql::as_result(connection.query("DROP TABLE app.people"));
    std::cout << (refused ? "not refused?" : refused.error().what()) << '\n';
    co_await connection.close();
    const auto cut = co_await cocql::as_result(cocql::connection::open(relay.where()));
    std::cout << (cut ? "not cut?" : cut.error().what()) << '\n';
    relay.stop();
    node.stop();
    co_return people.size() == 2 && !refused && !cut ? 0 : 1;
}

} // namespace

int main() {
    asio::io_context context(1);
    testing::node_options options;
    options.answer = answer;
    testing::scripted_node node(context, std::move(options));
    testing::relay_options cut;
    cut.cut_after = 20;
    testing::relay relay(context, node.where(), cut);
    auto done = asio::co_spawn(context, run(node, relay), asio::use_future);
    context.run();
    return done.get();
}
