#include "client/connection/implementation.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/prepare.hpp"
#include "core/message/query.hpp"
#include "io/connect/connector.hpp"
#include "node.hpp"
#include "own_network.hpp"
#include "request.hpp"
#include "testing/limited_stream.hpp"
#include "testing/manual_clock.hpp"
#include "testing/memory_stream.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

/// What a conversation asks for after opening.
struct conversation {
    std::string name;
    connection_options options;
    testing::node_options node;
    std::vector<std::string> statements;
    bool at_once = false; ///< all statements in flight together
};

std::vector<conversation> conversations() {
    std::vector<conversation> all;
    const auto add = [&](std::string name, std::vector<std::string> statements) -> conversation& {
        auto& made = all.emplace_back();
        made.name = std::move(name);
        made.statements = std::move(statements);
        made.node.answer = [](const std::string& cql) {
            return std::optional(testing::rows_of({cql}));
        };
        return made;
    };
    add("open and close", {});
    add("one statement", {"a"});
    add("three statements", {"a", "b", "c"});
    add("ten at once", {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}).at_once = true;
    auto& login = add("a login", {"a"});
    login.options.login("user", "secret");
    login.node.user = "user";
    login.node.secret = "secret";
    add("a keyspace", {"a"}).options.keyspace("ks");
    add("events", {"a"}).options.events({event_type::schema_change}, [](const event&) {});
    auto& version = add("protocol 3", {"a"});
    version.options.version(protocol_version::v3, true);
    auto& downgrade = add("a downgrade", {"a"});
    downgrade.node.highest_version = 3;
    add("a long answer", {std::string(100'000, 'x')});
    auto& scylla = add("ScyllaDB", {"a", "b"});
    scylla.node.like = testing::manners::scylla;
    return all;
}

/// One run: how it went, and whether everything was put away.
struct run_record {
    bool opened = false;
    std::size_t answered = 0;
    std::size_t failed = 0;
    std::vector<std::string> failures;
    std::size_t operations = 0;
};

asio::awaitable<void> ask(std::shared_ptr<client::implementation> connection, std::string cql,
                          run_record& record) {
    message::query message(cql);
    statement_options options;
    auto answer = co_await tests::send(connection, message, options);
    if (!answer) {
        ++record.failed;
        record.failures.push_back(answer.error().what());
        co_return;
    }
    auto page = message::decode_page(answer->header, std::move(answer->body));
    REQUIRE(page.has_value());
    CHECK(*page->front()[0].decode() == value(cql));
    ++record.answered;
}

asio::awaitable<void> converse(asio::io_context& context, const conversation& wanted,
                               testing::manual_clock& clock,
                               std::shared_ptr<testing::stream_fault> fault, run_record& record) {
    auto executor = co_await asio::this_coro::executor;
    const auto source = [&wanted, fault, executor](io::budget& budget, io::interruption&)
        -> asio::awaitable<result<std::unique_ptr<io::byte_stream>>> {
        static_cast<void>(budget);
        co_return std::unique_ptr<io::byte_stream>(
            std::make_unique<testing::memory_stream>(executor, wanted.node, fault));
    };
    auto connection = std::make_shared<client::implementation>(
        executor, endpoint("memory", 1), wanted.options, own_network::with(clock, source));
    auto opened = co_await connection->open();
    record.opened = opened.has_value();
    if (!opened) {
        record.failures.push_back(opened.error().what());
        co_return;
    }
    if (wanted.at_once) {
        for (const auto& cql : wanted.statements)
            start(context, ask(connection, cql, record));
        while (record.answered + record.failed < wanted.statements.size())
            co_await asio::post(executor, asio::use_awaitable);
    } else {
        for (const auto& cql : wanted.statements)
            co_await ask(connection, cql, record);
    }
    co_await connection->close();
    CHECK(connection->state().in_flight == 0);
    CHECK(connection->state().waiting == 0);
}

run_record play(const conversation& wanted, std::shared_ptr<testing::stream_fault> fault) {
    run_record record;
    asio::io_context context(1);
    testing::manual_clock clock;
    start(context, converse(context, wanted, clock, fault, record));
    // Whatever waits for time gets it, once nothing else is left to do.
    for (int step = 0; step < 100 && !context.stopped(); ++step) {
        while (context.poll_one() != 0) {
        }
        clock.advance(std::chrono::seconds(1));
    }
    CHECK_MESSAGE(context.stopped(), "something still runs");
    record.operations = fault->operations;
    return record;
}

} // namespace

TEST_CASE("T I/O errors: every operation of eleven conversations fails in turn, each request ends "
          "once with the cause") {
    const std::vector<std::pair<std::string, error>> faults{
        {"eof", error()},
        {"reset", error(errc::connection_lost, "connection reset by the test")},
        {"timed out", error(errc::connection_lost, "connection timed out by the test")},
        {"truncated", error(errc::connection_lost, "stream truncated by the test")},
        {"cancelled", error(errc::cancelled, "operation cancelled by the test")},
    };
    const auto before = descriptors();
    std::size_t runs = 0;
    for (const auto& wanted : conversations()) {
        INFO(wanted.name);
        auto counter = std::make_shared<testing::stream_fault>();
        const auto whole = play(wanted, counter);
        REQUIRE(whole.opened);
        CHECK(whole.answered == wanted.statements.size());
        REQUIRE(whole.operations >= 4);
        for (std::size_t operation = 0; operation < whole.operations; ++operation)
            for (const auto& each : faults) {
                INFO("operation " << operation << ": " << each.first);
                auto fault = std::make_shared<testing::stream_fault>();
                fault->failing_operation = operation;
                fault->failure = each.second;
                const auto record = play(wanted, fault);
                ++runs;
                if (!record.opened) {
                    REQUIRE(record.failures.size() == 1);
                } else {
                    CHECK(record.answered + record.failed == wanted.statements.size());
                }
                for (const auto& text : record.failures) {
                    INFO(text);
                    const bool named = text.find("by the test") != std::string::npos ||
                                       text.find("closed the connection") != std::string::npos ||
                                       text.find("has closed") != std::string::npos ||
                                       text.find("connection was closed") != std::string::npos;
                    CHECK(named);
                }
            }
    }
    MESSAGE(runs << " runs");
    CHECK(runs > 400);
    CHECK(descriptors() == before);
}

namespace {

asio::awaitable<void> one_byte_per_read(endpoint where, connection_options options,
                                        protocol_version version) {
    auto executor = co_await asio::this_coro::executor;
    options.version(version, true).connect_timeout(std::nullopt).request_timeout(std::nullopt);
    std::optional<io::tls_client_settings> tls;
    if (options.tls_settings())
        tls = io::tls_client_settings::prepare(*options.tls_settings(), where.host()).value();
    const auto source =
        [&](io::budget& budget,
            io::interruption& stop) -> asio::awaitable<result<std::unique_ptr<io::byte_stream>>> {
        auto stream =
            co_await io::connect(where, tls ? &*tls : nullptr, io::steady_clock(), budget, stop);
        if (!stream)
            co_return stream.error();
        co_return std::unique_ptr<io::byte_stream>(
            std::make_unique<testing::limited_stream>(std::move(*stream), 1));
    };
    auto connection = std::make_shared<client::implementation>(
        executor, where, options, own_network::with(io::steady_clock(), source));
    auto opened = co_await connection->open();
    REQUIRE_MESSAGE(opened.has_value(), std::string(opened.error().what()));
    message::query message("a megabyte");
    statement_options statement;
    auto answer = co_await tests::send(connection, message, statement);
    REQUIRE(answer.has_value());
    auto page = message::decode_page(answer->header, std::move(answer->body));
    REQUIRE(page.has_value());
    auto cell = page->front()[0].decode();
    const bool same = cell->get<std::string>() != nullptr &&
                      *cell->get<std::string>() == std::string(1'000'000, 'm');
    CHECK(same);
    co_await connection->close();
}

} // namespace

TEST_CASE(
    "B2 one byte per read from accept to the end of a 1 MB result, v3 and v4, plain and TLS") {
    for_each_speech([](speech how) {
        for (const auto version : {protocol_version::v3, protocol_version::v4}) {
            testing::node_options options;
            options.answer = [](const std::string&) {
                return std::optional(testing::rows_of({std::string(1'000'000, 'm')}));
            };
            scene s(how, options);
            s.run(one_byte_per_read(s.node.where(), client_of(how), version));
        }
    });
}

namespace {
asio::awaitable<void> one_statement(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("dripped");
    CHECK(text_of(page) == "dripped");
    co_await connection.close();
}
} // namespace

TEST_CASE("B2 one byte per write and per TLS record from the node") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.drip = 1;
        scene s(how, options);
        s.run(one_statement(s.node.where(), client_of(how)));
    });
}
