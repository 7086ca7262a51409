#include "core/message/decode_response.hpp"

#include <cocql/cocql.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

using namespace cocql;
using kind = data_type::kind;

namespace {

std::string refusal(const std::vector<column>& columns,
                    const std::vector<std::vector<value>>& rows) {
    try {
        static_cast<void>(testing::rows_of(columns, rows));
    } catch (const error& failure) {
        CHECK(failure.is(errc::invalid_argument));
        return failure.what();
    }
    return "not refused";
}

boost::asio::awaitable<void> read_people(testing::scripted_node& node) {
    auto connection = co_await connection::open(node.where());
    const auto people = co_await connection.query("SELECT * FROM people");
    CHECK(people.columns()[1].type == data_type(kind::int_));
    CHECK(people.front()["born"].decode().value() == value(1815));
    CHECK(people.front()["died"].is_null());
    const auto find = co_await connection.prepare("SELECT * FROM people WHERE born = ?");
    CHECK(find.parameters().at(0).type == data_type(kind::int_));
    co_await connection.close();
    node.stop();
}

} // namespace

TEST_CASE("rows of any types are answered, with null, and markers have the types they are given") {
    boost::asio::io_context context(1);
    testing::node_options options;
    options.address = "127.0.0.9";
    options.answer = [](const std::string&) {
        return testing::rows_of({{"app", "people", "name", kind::text},
                                 {"app", "people", "born", kind::int_},
                                 {"app", "people", "died", kind::int_}},
                                {{"Ada", 1815, value()}});
    };
    options.parameters = [](const std::string&) {
        return std::vector<column>{{"app", "people", "born", kind::int_}};
    };
    testing::scripted_node node(context, std::move(options));
    CHECK(node.where().host() == "127.0.0.9");
    auto done = boost::asio::co_spawn(context, read_people(node), boost::asio::use_future);
    context.run();
    done.get();
    CHECK(node.statements() == std::vector<std::string>{"SELECT * FROM people"});
}

TEST_CASE("rows that do not fit their columns are refused, the column named") {
    const std::vector<column> columns{{"app", "people", "born", kind::int_}};
    CHECK(refusal(columns, {{1, 2}}).find("2 values for 1 columns") != std::string::npos);
    CHECK(refusal(columns, {{"text"}}).find("column born") != std::string::npos);
}

TEST_CASE("an answer that its 16-bit lengths cannot say is refused, not written as another one") {
    const std::vector<column> columns{{"app", "people", std::string(70'000, 'n'), kind::int_}};
    CHECK(refusal(columns, {{1}}).find("more than 65,535 bytes") != std::string::npos);
    const auto wide = data_type::tuple(std::vector<data_type>(70'000, kind::int_));
    CHECK(refusal({{"app", "people", "t", wide}}, {}).find("more than 65,535") !=
          std::string::npos);
}

TEST_CASE("a node whose certificate cannot be read says so when it is made") {
    boost::asio::io_context context(1);
    testing::node_options options;
    options.tls = testing::node_tls("/nowhere/node.pem", "/nowhere/node.key");
    CHECK_THROWS_AS(testing::scripted_node(context, options), error);
}
