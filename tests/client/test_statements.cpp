#include "core/bytes.hpp"
#include "node.hpp"
#include "traced.hpp"

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using kind = data_type::kind;

namespace {

struct person {
    std::int32_t id = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (id, name))

std::vector<column> people_columns() {
    return {{"app", "people", "id", kind::int_}, {"app", "people", "name", kind::text}};
}

/// Three pages of two rows each, by the paging states "1" and "2"; it remembers what was asked for.
class paged_people {
  public:
    testing::node_options options() {
        testing::node_options options;
        options.parameters = [](const std::string&) { return people_columns(); };
        options.answer_request = [this](const testing::node_request& request) {
            return answer(request);
        };
        return options;
    }

    std::vector<testing::node_request> asked;
    std::size_t failing = 99; ///< the number of the request that is answered by an error

  private:
    std::optional<testing::node_reply> answer(const testing::node_request& request) {
        asked.push_back(request);
        if (asked.size() == failing + 1) {
            server_error said;
            said.code = server_error_code::overloaded;
            said.message = "later";
            return testing::error_of(said);
        }
        const auto page =
            request.paging_state.empty() ? 0 : std::to_integer<int>(request.paging_state[0]) - '0';
        const auto first = 2 * page;
        auto rows =
            testing::rows_of(people_columns(), {{first, "p" + std::to_string(first)},
                                                {first + 1, "p" + std::to_string(first + 1)}});
        if (page == 2)
            return rows;
        const std::vector<std::byte> next(1, static_cast<std::byte>('1' + page));
        return testing::with_more(rows, next);
    }
};

std::string bytes_of(const std::optional<std::vector<std::byte>>& bytes) {
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size())
                 : "null";
}

asio::awaitable<void> bind_in_all_ways(testing::scripted_node& node, connection_options options,
                                       paged_people& people) {
    auto connection = co_await connection::open(node.where(), options);
    const auto insert = co_await connection.prepare("INSERT …");
    const std::string seven("\0\0\0\7", 4);
    const auto check_last = [&](const std::string& name) {
        REQUIRE(people.asked.back().values.size() == 2);
        CHECK(bytes_of(people.asked.back().values[0]) == seven);
        CHECK(bytes_of(people.asked.back().values[1]) == name);
    };
    co_await connection.execute(insert, 7, "Ada");
    check_last("Ada");
    statement_options with;
    with.consistency(consistency::all).timestamp(5).serial_consistency(consistency::local_serial);
    co_await connection.execute(insert, with, named("name", "Bob"), named("id", 7));
    check_last("Bob");
    CHECK(people.asked.back().consistency == consistency::all);
    CHECK(people.asked.back().serial_consistency == consistency::local_serial);
    CHECK(people.asked.back().timestamp == 5);
    const person carol{7, "Carol"};
    co_await connection.execute(insert, fields_of(carol));
    check_last("Carol");
    co_await connection.query("INSERT … VALUES (?, ?)", 7, "Dan");
    check_last("Dan");
    auto bound = insert.bind(7, null).value();
    co_await connection.execute(bound);
    co_await connection.execute(bound);
    check_last("null");
    const auto sent = people.asked.size();
    auto refused = co_await as_result(connection.execute(insert, "seven", "Ada"));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().is(errc::type_mismatch));
    CHECK(refused.error().outcome() == request_outcome::not_sent);
    CHECK(refused.error().operation() == "EXECUTE");
    CHECK(refused.error().endpoint() == node.where().to_string());
    CHECK(people.asked.size() == sent);
    co_await connection.close();
}

asio::awaitable<void> send_long_values(testing::scripted_node& node, connection_options options,
                                       paged_people& people) {
    auto connection = co_await connection::open(node.where(), options);
    const auto insert = co_await connection.prepare("INSERT …");
    for (const std::size_t length : {16'000u, 16'384u, 1'000'000u, 5'000'000u}) {
        std::string text(length, ' ');
        for (std::size_t i = 0; i < length; ++i)
            text[i] = static_cast<char>('a' + i * 7 % 26);
        const auto arrived = [&] {
            return people.asked.back().values.size() == 2 &&
                   bytes_of(people.asked.back().values[1]) == text;
        };
        co_await connection.execute(insert, 7, text);
        CHECK(arrived());
        statement_options with;
        with.timestamp(5);
        co_await connection.execute(insert, with, named("name", text), named("id", 7));
        CHECK(arrived());
        CHECK(people.asked.back().timestamp == 5);
        // A statement that is kept can be executed again, after the first time has sent its value.
        auto bound = insert.bind(7, text).value();
        for (int i = 0; i < 2; ++i) {
            co_await connection.execute(bound);
            CHECK(arrived());
        }
    }
    co_await connection.close();
}

asio::awaitable<void> send_batches(testing::scripted_node& node, connection_options options) {
    auto connection = co_await connection::open(node.where(), options);
    const auto insert = co_await connection.prepare("INSERT …");
    batch several(batch_type::unlogged);
    several.add(insert, 7, "Ada").add("DELETE …").add(insert, named("id", 1), named("name", null));
    CHECK(several.size() == 3);
    co_await connection.execute(several);
    CHECK(node.statements() == std::vector<std::string>{"INSERT …", "DELETE …", "INSERT …"});
    batch wrong;
    wrong.add("DELETE …").add(insert, "seven", "Ada").add(insert, 7);
    auto refused = co_await as_result(connection.execute(wrong));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().is(errc::type_mismatch));
    CHECK(refused.error().operation() == "BATCH");
    CHECK(refused.error().outcome() == request_outcome::not_sent);
    const std::string text(refused.error().message());
    INFO(text);
    CHECK(text.starts_with("statement 2 of the batch: parameter 'id' (number 1) of CQL type int"));
    CHECK(node.statements().size() == 3);
    co_await connection.close();
}

asio::awaitable<void> turn_pages(testing::scripted_node& node, connection_options options,
                                 paged_people& people, bool ahead) {
    auto connection = co_await connection::open(node.where(), options);
    auto pages = connection.pages("SELECT …", statement_options().page_size(2));
    pages.prefetch(ahead);
    CHECK(people.asked.empty());
    std::string seen;
    for (;;) {
        const auto page = co_await pages.next();
        if (!page)
            break;
        for (const auto& each : page->rows<person>())
            seen += each.name;
        if (ahead && people.asked.size() < 3) {
            const auto before = people.asked.size();
            co_await until([&] { return people.asked.size() > before || before == 3; });
        }
    }
    CHECK(seen == "p0p1p2p3p4p5");
    CHECK(people.asked.size() == 3);
    CHECK(people.asked.back().page_size == 2);
    CHECK(pages.paging_state().empty());
    const auto after = co_await pages.next();
    CHECK(!after.has_value());
    co_await connection.close();
}

asio::awaitable<void> turn_rows(testing::scripted_node& node, connection_options options) {
    auto connection = co_await connection::open(node.where(), options);
    const auto select = co_await connection.prepare("SELECT …");
    auto people = connection.pages(select, 1, "x").rows<person>();
    std::string seen;
    for (;;) {
        const auto row = co_await people.next();
        if (!row)
            break;
        seen += row->name;
    }
    auto pairs = connection.pages(select, 1, "x").rows<std::int32_t, std::string_view>();
    const auto first = co_await pairs.next();
    REQUIRE(first.has_value());
    seen += std::get<1>(*first);
    CHECK(seen == "p0p1p2p3p4p5p0");
    auto wrong = connection.pages(select, "x").rows<person>();
    auto refused = co_await as_result(wrong.next());
    REQUIRE(!refused.has_value());
    CHECK(refused.error().is(errc::invalid_argument));
    co_await connection.close();
}

asio::awaitable<void> resume_and_retry(testing::scripted_node& node, connection_options options,
                                       paged_people& people) {
    auto connection = co_await connection::open(node.where(), options);
    std::vector<std::byte> saved;
    {
        auto pages = connection.pages("SELECT …");
        pages.prefetch(false);
        static_cast<void>(co_await pages.next());
        const auto state = pages.paging_state();
        saved.assign(state.begin(), state.end());
    }
    auto pages = connection.pages("SELECT …", statement_options().paging_state(saved));
    pages.prefetch(false);
    people.failing = people.asked.size();
    auto failed = co_await as_result(pages.next());
    REQUIRE(!failed.has_value());
    CHECK(failed.error().server()->code == server_error_code::overloaded);
    const auto again = co_await pages.next();
    REQUIRE(again.has_value());
    CHECK(again->rows<person>().front().name == "p2");
    co_await connection.close();
}

asio::awaitable<void> leave_in_the_middle(testing::scripted_node& node,
                                          connection_options options) {
    node.options().silent_statement = "SELECT silent";
    auto connection = co_await connection::open(node.where(), options);
    {
        auto pages = connection.pages("SELECT silent");
        bool ended = false;
        asio::co_spawn(
            connection.get_executor(), pages.next(),
            [&](std::exception_ptr thrown, std::optional<page>) { ended = thrown != nullptr; });
        co_await until([&] { return connection.state().in_flight == 1; });
        auto moved = std::move(pages);
        pages = connection.pages("SELECT other");
        moved = connection.pages("SELECT third"); // gives the silent one up
        co_await until([&] { return connection.state().orphans == 1; });
        co_await until([&] { return ended; });
    }
    auto page = co_await connection.query("SELECT …");
    CHECK(page.size() == 2);
    co_await connection.close();
}

asio::awaitable<void> fetch(testing::scripted_node& node, connection_options options,
                            traced& server) {
    auto connection = co_await connection::open(node.where(), options);
    const auto trace = co_await connection.fetch_trace(server.id);
    CHECK(trace.is_complete());
    CHECK(server.asked == 3);
    server.asked = 0;
    // A patience without an end is one, and not none.
    const auto patiently = co_await connection.fetch_trace(server.id, std::chrono::hours::max());
    CHECK(patiently.is_complete());
    CHECK(server.asked == 3);
    CHECK(trace.request == "Execute CQL3 query");
    CHECK(trace.client == inet_address::parse("127.0.0.9"));
    CHECK(trace.parameters.at("query") == "SELECT");
    CHECK(trace.started_at.time_since_epoch() == std::chrono::seconds(1));
    REQUIRE(trace.events.size() == 3);
    CHECK(trace.events[1].thread.empty());
    const auto shown = trace.waterfall(8);
    CHECK(shown == "Execute CQL3 query on 127.0.0.1 took 400 \u00b5s\n"
                   "  127.0.0.1 100 \u00b5s |==      | Parsing\n"
                   "  127.0.0.2  50 \u00b5s |=       | Reading\n"
                   "  127.0.0.1 400 \u00b5s |  ======| Answering\n");
    server.complete_after = 1'000'000;
    const auto partly = co_await connection.fetch_trace(server.id, std::chrono::milliseconds(1));
    CHECK(!partly.is_complete());
    CHECK(partly.waterfall().find("is not complete") != std::string::npos);
    co_await connection.close();
}

/// Operations that were made by a function whose variables are gone, or hold something else, when
/// they are awaited. Not a coroutine.
class asker {
  public:
    explicit asker(const connection& to) : connection_(std::make_unique<connection>(to)) {
        char letters[100] = "letters";
        char* pointed = letters;
        std::string text = "text";
        std::string_view view = text;
        std::vector<std::byte> raw(3, std::byte{7});
        std::span<const std::byte> bytes = raw;
        auto ada = std::make_unique<person>(person{7, "Ada"});
        std::vector<std::string_view> list{view, "b"};
        std::map<std::string_view, std::string_view> map{{view, view}};
        std::optional<std::string_view> maybe = view;
        std::tuple<std::string_view, std::int32_t> pair(view, 7);
        const auto ask = [&](const auto&... arguments) {
            asked.push_back(connection_->query("… (?, ?)", arguments...));
        };
        ask(letters, pointed);
        ask(view, bytes);
        ask(list, map);
        ask(maybe, pair);
        std::string first = "id";
        std::string second = "name";
        asked.push_back(
            connection_->query("… (:id, :name)", named(first, ada->id), named(second, letters)));
        asked.push_back(connection_->query("… (:id, :name)", fields_of(*ada)));
        asked.push_back(connection_->query("… (:id, :name)", named("id", std::int64_t{7}),
                                           named("name", view)));
        // What they were made from means something else now, and so does the handle.
        std::fill(std::begin(letters), std::end(letters) - 1, '!');
        std::fill(text.begin(), text.end(), '!');
        std::fill(raw.begin(), raw.end(), std::byte{33});
        *ada = person{8, "Bob"};
        first = second = "!!";
        connection_.reset();
    }
    std::vector<asio::awaitable<page>> asked;

  private:
    std::unique_ptr<connection> connection_;
};

asio::awaitable<void> ask_later(testing::scripted_node& node, connection_options options,
                                std::vector<std::vector<column>>& parameters) {
    auto connection = co_await connection::open(node.where(), options);
    const column text{"k", "t", "a", kind::text};
    const std::vector<column> by_name{{"k", "t", "id", kind::bigint},
                                      {"k", "t", "name", kind::text}};
    parameters = {
        {text, text},
        {text, {"k", "t", "b", kind::blob}},
        {{"k", "t", "a", data_type::set(kind::text)},
         {"k", "t", "b", data_type::map(kind::text, kind::text)}},
        {text, {"k", "t", "b", data_type::tuple({kind::text, kind::int_})}},
        by_name,
        {{"k", "t", "id", kind::int_}, {"k", "t", "name", kind::text}},
        by_name,
    };
    asker gone(connection);
    for (auto& each : gone.asked)
        co_await std::move(each);
    co_await connection.close();
}

} // namespace

TEST_CASE("The arguments of a statement in words are its own: the caller's may be gone when it is "
          "prepared") {
    for_each_speech([](speech how) {
        std::vector<std::vector<column>> parameters;
        std::size_t prepared = 0;
        std::vector<std::string> received;
        testing::node_options options;
        options.parameters = [&](const std::string&) { return parameters.at(prepared++); };
        options.answer_request = [&](const testing::node_request& request) {
            std::string all;
            for (const auto& each : request.values)
                all += (all.empty() ? "" : " ") + (each ? to_hex(*each) : "null");
            received.push_back(all);
            return std::nullopt;
        };
        scene s(how, options);
        s.run(ask_later(s.node, client_of(how), parameters));
        const std::string seven = "0000000000000007";
        CHECK(received == std::vector<std::string>{
                              "6c657474657273 6c657474657273", "74657874 070707",
                              "0000000200000004746578740000000162 00000001000000047465787400000004"
                              "74657874",
                              "74657874 00000004746578740000000400000007",
                              seven + " 6c657474657273", "00000007 416461", seven + " 74657874"});
    });
}

TEST_CASE("Arguments reach the server by position, by name, from structs and with options") {
    for_each_speech([](speech how) {
        paged_people people;
        scene s(how, people.options());
        s.run(bind_in_all_ways(s.node, client_of(how), people));
    });
}

TEST_CASE("Long values arrive as they are, in every framing") {
    for_each_speech([](speech how) {
        for (const auto& [version, kind] : {std::pair(protocol_version::v3, compression::none),
                                            std::pair(protocol_version::v4, compression::none),
                                            std::pair(protocol_version::v4, compression::lz4),
                                            std::pair(protocol_version::v5, compression::none)}) {
            paged_people people;
            auto node = people.options();
            node.highest_version = 5;
            scene s(how, node);
            auto options = client_of(how);
            options.version(version, true).compression(kind);
            s.run(send_long_values(s.node, options, people));
        }
    });
}

TEST_CASE("Batches of prepared and plain statements, and one that does not fit") {
    for_each_speech([](speech how) {
        paged_people people;
        scene s(how, people.options());
        s.run(send_batches(s.node, client_of(how)));
    });
}

TEST_CASE("Pages follow one another, the next one fetched ahead or not") {
    for (const bool ahead : {true, false}) {
        paged_people people;
        scene s(speech::tls_1_3, people.options());
        s.run(turn_pages(s.node, client_of(speech::tls_1_3), people, ahead));
    }
}

TEST_CASE("Rows over pages, as structs and as tuples") {
    paged_people people;
    scene s(speech::plain, people.options());
    s.run(turn_rows(s.node, client_of(speech::plain)));
}

TEST_CASE("A saved paging state goes on, and a page that failed is asked for again") {
    paged_people people;
    scene s(speech::plain, people.options());
    s.run(resume_and_retry(s.node, client_of(speech::plain), people));
}

TEST_CASE("A pager that goes away gives up the page that is on its way") {
    paged_people people;
    scene s(speech::plain, people.options());
    s.run(leave_in_the_middle(s.node, client_of(speech::plain)));
}

TEST_CASE("A trace is asked for until it is complete, and shown as a waterfall") {
    traced server;
    scene s(speech::plain, server.options());
    s.run(fetch(s.node, client_of(speech::plain), server));
}
