#include "core/message/rows_result.hpp"
#include "core/wire/notation.hpp"
#include "node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::manners;

namespace {

/// A version and a compression that go together.
struct dialect {
    protocol_version version;
    compression kind;
};

const std::vector<dialect> dialects = {
    {protocol_version::v3, compression::none},   {protocol_version::v3, compression::lz4},
    {protocol_version::v3, compression::snappy}, {protocol_version::v4, compression::none},
    {protocol_version::v4, compression::lz4},    {protocol_version::v4, compression::snappy},
    {protocol_version::v5, compression::none},   {protocol_version::v5, compression::lz4},
};

testing::node_options up_to_5(testing::node_options options = echo()) {
    options.highest_version = 5;
    options.user = "user";
    options.secret = "secret";
    return options;
}

connection_options speaking(speech how, const dialect& in) {
    auto options = client_of(how);
    options.login("user", "secret").version(in.version, true).compression(in.kind);
    return options;
}

template <class Test>
void in_each_dialect(Test test) {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto& each : dialects) {
            const auto name = name_of(how) + " v" + std::to_string(static_cast<int>(each.version)) +
                              " " + std::string(to_string(each.kind));
            INFO(name);
            test(how, each);
        }
}

/// A statement of its own for each size, so that no answer can be mistaken for another.
std::string statement_of(std::size_t size) {
    std::string text = "statement of " + std::to_string(size) + " ";
    while (text.size() < size)
        text += static_cast<char>('a' + text.size() * 7 % 23);
    return text;
}

asio::awaitable<void> converse(endpoint where, connection_options options,
                               std::vector<std::size_t> sizes) {
    auto connection = co_await connection::open(where, options);
    CHECK(connection.version() == options.version());
    for (const auto size : sizes) {
        const auto cql = statement_of(size);
        auto page = co_await connection.query(cql);
        CHECK(text_of(page) == cql);
    }
    auto prepared = co_await connection.prepare("prepared ?");
    std::vector<value> values{std::string(2000, 'v')};
    auto page = co_await connection.execute(prepared, values);
    CHECK(text_of(page) == "prepared ?");
    co_await connection.close();
}

} // namespace

TEST_CASE("Every version and compression carries short statements and ones of over a megabyte, "
          "plain and over TLS") {
    in_each_dialect([](speech how, const dialect& in) {
        scene s(how, up_to_5());
        s.run(converse(s.node.where(), speaking(how, in),
                       {10, 255, 256, 1000, 131'000, 131'072, 1'200'000}));
    });
}

TEST_CASE("B2 every version and compression arrives whole when it comes byte by byte") {
    in_each_dialect([](speech how, const dialect& in) {
        auto options = up_to_5();
        options.drip = 1;
        scene s(how, options);
        s.run(converse(s.node.where(), speaking(how, in), {10, 3000}));
    });
}

namespace {

asio::awaitable<void> many_at_once(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    std::size_t ended = 0;
    std::size_t right = 0;
    const auto ask = [](cocql::connection shared, std::size_t size, std::size_t& good,
                        std::size_t& over) -> asio::awaitable<void> {
        const auto cql = statement_of(size);
        auto page = co_await as_result(shared.query(cql));
        if (page && text_of(*page) == cql)
            ++good;
        ++over;
    };
    for (std::size_t i = 0; i < 500; ++i)
        asio::co_spawn(connection.get_executor(), ask(connection, 20 + 7 * i, right, ended),
                       rethrow);
    co_await until([&] { return ended == 500; });
    CHECK(right == 500);
    co_await connection.close();
}

} // namespace

TEST_CASE("R30 five hundred statements at once get their own answers in every version and "
          "compression, also in reverse order") {
    in_each_dialect([](speech how, const dialect& in) {
        auto options = up_to_5();
        options.reverse_after = 50;
        scene s(how, options);
        s.run(many_at_once(s.node.where(), speaking(how, in)));
    });
}

namespace {

asio::awaitable<void> corrupted(testing::scripted_node& node, connection_options options,
                                std::size_t place, const char* words) {
    auto connection = co_await connection::open(node.where(), options);
    auto page = co_await connection.query(statement_of(600));
    CHECK(page.size() == 1);
    node.options().flip_at = place;
    auto refused = co_await as_result(connection.query(statement_of(600)));
    REQUIRE(!refused.has_value());
    INFO(std::string(refused.error().what()));
    CHECK(refused.error().has(errc::protocol_error));
    CHECK(refused.error().outcome() == request_outcome::maybe_executed);
    CHECK(std::string(refused.error().what()).find(words) != std::string::npos);
    CHECK(!connection.state().open);
    CHECK(connection.state().last_error.has(errc::protocol_error));
    co_await connection.close();
}

} // namespace

TEST_CASE(
    "R28 v5: a bit that is flipped on its way makes the connection defunct, and the error says "
    "which check found it") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : {compression::none, compression::lz4})
            for (const std::size_t place : {0u, 5u, 30u, 60u}) {
                CAPTURE(place);
                scene s(how, up_to_5());
                s.run(corrupted(s.node, speaking(how, {protocol_version::v5, kind}), place,
                                place < 6 ? "CRC24" : "CRC32"));
            }
}

TEST_CASE("R28 v4: a compressed answer that is corrupt makes the connection defunct") {
    for (const auto& [kind, words] :
         {std::pair(compression::lz4, "lz4"), std::pair(compression::snappy, "snappy")}) {
        scene s(speech::plain, up_to_5());
        // In the length before the compressed bytes.
        s.run(corrupted(s.node, speaking(speech::plain, {protocol_version::v4, kind}),
                        9 + (kind == compression::lz4 ? 3 : 0), words));
    }
}

namespace {

/// Opens, and what is spoken then works.
asio::awaitable<void> speaks(endpoint where, connection_options options,
                             protocol_version expected) {
    auto connection = co_await connection::open(where, options);
    CHECK(connection.version() == expected);
    const auto cql = statement_of(5000);
    auto page = co_await connection.query(cql);
    CHECK(text_of(page) == cql);
    co_await connection.close();
}

} // namespace

TEST_CASE("E13 a server that refuses version 5 gets the version that it names, or the next lower") {
    struct expectation {
        manners like;
        std::uint8_t highest;
        std::size_t attempts;
    };
    for_each_speech([](speech how) {
        for (const auto& [like, highest, attempts] :
             {expectation{manners::cassandra, 5, 1}, expectation{manners::cassandra, 4, 2},
              expectation{manners::cassandra, 3, 2}, expectation{manners::scylla, 4, 2},
              // It refuses in version 4 whatever it speaks.
              expectation{manners::scylla, 3, 3}}) {
            auto options = echo();
            options.like = like;
            options.highest_version = highest;
            scene s(how, options);
            auto client = client_of(how);
            client.version(protocol_version::v5).compression(compression::lz4);
            s.run(speaks(s.node.where(), client, static_cast<protocol_version>(highest)));
            CHECK(s.node.accepted() == attempts);
        }
        auto options = echo();
        scene s(how, options);
        auto fixed = client_of(how);
        fixed.version(protocol_version::v5, true);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), fixed, outcome));
        CHECK(outcome.failure.is(errc::unsupported_protocol_version));
        CHECK(s.node.accepted() == 1);
    });
}

TEST_CASE("E13 without a version chosen, the highest that both speak is found, by one connect from "
          "version 4 up") {
    struct expectation {
        manners like;
        std::uint8_t highest;
        compression kind;
        std::uint8_t version;
        std::size_t attempts;
    };
    for_each_speech([](speech how) {
        for (const auto& [like, highest, kind, version, attempts] :
             {expectation{manners::cassandra, 5, compression::none, 5, 1},
              expectation{manners::cassandra, 5, compression::lz4, 5, 1},
              expectation{manners::cassandra, 5, compression::snappy, 4, 1},
              expectation{manners::cassandra, 4, compression::none, 4, 1},
              expectation{manners::cassandra, 3, compression::none, 3, 2},
              expectation{manners::scylla, 4, compression::lz4, 4, 1},
              expectation{manners::scylla, 3, compression::none, 3, 2}}) {
            auto options = echo();
            options.like = like;
            options.highest_version = highest;
            scene s(how, options);
            auto client = client_of(how);
            client.compression(kind);
            s.run(speaks(s.node.where(), client, static_cast<protocol_version>(version)));
            CHECK(s.node.accepted() == attempts);
        }
    });
}

TEST_CASE("Compression that the server does not have, or the version does not, fails opening") {
    auto options = echo();
    options.compressions = {"lz4"};
    scene s(speech::plain, options);
    auto client = client_of(speech::plain);
    client.compression(compression::snappy);
    failed_opening outcome;
    s.run(fail_to_open(s.node.where(), client, outcome));
    INFO(std::string(outcome.failure.what()));
    CHECK(outcome.failure.is(errc::unsupported_compression));
    CHECK(outcome.failure.phase() == phase::options);

    // Before any network I/O.
    scene untouched(speech::plain, echo());
    client.version(protocol_version::v5);
    untouched.run(fail_to_open(untouched.node.where(), client, outcome));
    CHECK(outcome.failure.is(errc::bad_configuration));
    CHECK(untouched.node.accepted() == 0);
    scene unasked(speech::plain, echo());
    auto by_hand = client_of(speech::plain);
    by_hand.startup_option("COMPRESSION", "lz4");
    unasked.run(fail_to_open(unasked.node.where(), by_hand, outcome));
    CHECK(outcome.failure.is(errc::bad_configuration));
    CHECK(unasked.node.accepted() == 0);
}

namespace {

std::vector<column> columns_of(std::vector<std::string> names) {
    std::vector<column> columns;
    for (auto& name : names)
        columns.push_back({"ks", "t", std::move(name), data_type::kind::text});
    return columns;
}

/// RESULT/Rows of one row with these columns, each cell its column's name.
testing::node_reply rows_with(const std::vector<column>& columns) {
    message::rows_result rows;
    rows.metadata.columns = columns;
    rows.metadata.column_count = columns.size();
    rows.row_count = 1;
    message::cell_writer cells;
    for (const auto& each : columns)
        cells.add(wire::as_bytes(each.name));
    rows.cells = cells.cells();
    base::buffer body;
    base::byte_writer writer(body);
    rows.encode(writer);
    return {opcode::result, {body.view().begin(), body.view().end()}};
}

std::string shown(const page& page) {
    std::string text;
    std::size_t i = 0;
    for (const auto& cell : page.front().cells())
        text += page.columns()[i++].name + "=" + *cell.decode()->get<std::string>() + " ";
    return text;
}

asio::awaitable<void> altered(testing::scripted_node& node, connection_options options,
                              std::size_t description) {
    auto connection = co_await connection::open(node.where(), options);
    auto prepared = co_await connection.prepare("SELECT * FROM t");
    CHECK(prepared.result_metadata_id().has_value() == (description != 0));
    auto page = co_await connection.execute(prepared, {});
    CHECK(shown(page) == "a=a b=b ");
    // ALTER TABLE, seen by nobody here.
    node.options().prepared_columns = columns_of({"a", "x", "b"});
    node.options().metadata_id = "columns 2";
    for (int i = 0; i < 2; ++i) {
        auto later = co_await connection.execute(prepared, {});
        CHECK(shown(later) == "a=a x=x b=b ");
    }
    auto again = co_await connection.prepare("SELECT * FROM t");
    auto right = co_await connection.execute(again, {});
    CHECK(shown(right) == "a=a x=x b=b ");
    co_await connection.close();
}

} // namespace

TEST_CASE("The rows of a prepared statement have the right columns after its table was altered") {
    for (const auto like : {manners::cassandra, manners::scylla})
        for (const auto version : {protocol_version::v4, protocol_version::v5}) {
            if (like == manners::scylla && version == protocol_version::v5)
                continue;
            testing::node_options options;
            options.like = like;
            options.highest_version = 5;
            options.prepared_columns = columns_of({"a", "b"});
            scene s(speech::plain, options);
            s.node.options().answer = [&](const std::string&) {
                return rows_with(s.node.options().prepared_columns);
            };
            auto client = client_of(speech::plain);
            client.version(version, true);
            const bool ids = like == manners::scylla || version == protocol_version::v5;
            s.run(altered(s.node, client, ids ? 1 : 0));
        }
}

namespace {

asio::awaitable<void> prepared_elsewhere(endpoint where, connection_options options) {
    options.version(protocol_version::v4);
    auto older = co_await connection::open(where, options);
    auto prepared = co_await older.prepare("SELECT * FROM t");
    options.version(protocol_version::v5);
    auto newer = co_await connection::open(where, options);
    // The node knows what each connection prepared.
    co_await newer.prepare("SELECT * FROM t");
    auto page = co_await newer.execute(prepared, {});
    CHECK(shown(page) == "a=a ");
    co_await older.close();
    co_await newer.close();
}

asio::awaitable<void> in_keyspace(endpoint where, connection_options options) {
    statement_options elsewhere;
    elsewhere.keyspace("ks").now_in_seconds(1);
    options.version(protocol_version::v5);
    auto newer = co_await connection::open(where, options);
    auto page = co_await newer.query("q", elsewhere);
    CHECK(text_of(page) == "q");
    auto prepared = co_await newer.prepare("p", elsewhere);
    auto executed = co_await newer.execute(prepared, {}, elsewhere);
    CHECK(text_of(executed) == "p");
    options.version(protocol_version::v4);
    auto older = co_await connection::open(where, options);
    auto refused = co_await as_result(older.query("q", elsewhere));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().is(errc::invalid_argument));
    CHECK(refused.error().outcome() == request_outcome::not_sent);
    auto unprepared = co_await as_result(older.prepare("q", elsewhere));
    REQUIRE(!unprepared.has_value());
    CHECK(unprepared.error().is(errc::invalid_argument));
    auto next = co_await older.query("r");
    CHECK(text_of(next) == "r");
    co_await older.close();
    co_await newer.close();
}

} // namespace

TEST_CASE("A statement that was prepared in v4 is executed in v5") {
    testing::node_options options;
    options.highest_version = 5;
    options.prepared_columns = columns_of({"a"});
    options.answer = [](const std::string&) { return rows_with(columns_of({"a"})); };
    scene s(speech::plain, options);
    s.run(prepared_elsewhere(s.node.where(), client_of(speech::plain)));
}

TEST_CASE("A statement's own keyspace is for v5, and an error before anything is sent in v4") {
    auto options = echo();
    options.highest_version = 5;
    scene s(speech::plain, options);
    s.run(in_keyspace(s.node.where(), client_of(speech::plain)));
    CHECK(s.node.statements() == std::vector<std::string>{"q", "p", "r"});
}
