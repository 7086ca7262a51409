#include "node_thread.hpp"
#include "worlds.hpp"

#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

// The sanitizers judge these, beside the checks.

namespace {

/// `pages <count>` has so many pages of one row each, the page's number. Page 2 of what begins with
/// "never" does not come.
testing::node_options with_pages() {
    testing::node_options options;
    options.answer_request =
        [](const testing::node_request& request) -> std::optional<testing::node_reply> {
        const int count = std::atoi(request.cql.c_str() + 6);
        const int number =
            request.paging_state.empty() ? 1 : std::to_integer<int>(request.paging_state.front());
        auto rows = testing::rows_of({std::to_string(number)});
        if (number == count)
            return rows;
        const std::vector<std::byte> next{static_cast<std::byte>(number + 1)};
        return testing::with_more(rows, next);
    };
    return options;
}

asio::awaitable<connection> opened_for_pages(endpoint where, connection_options options) {
    auto opened = co_await connection::open(where, options);
    co_return opened;
}

asio::awaitable<void> turn_into(pager& pages, std::optional<result<std::optional<page>>>& out) {
    auto outcome = co_await as_result(pages.next());
    out = std::move(outcome);
}

asio::awaitable<std::string> turned_page(std::shared_ptr<pager> pages) {
    auto page = co_await pages->next();
    co_return page ? text_of(*page) : std::string("over");
}

void run_until(asio::io_context& context, const std::optional<result<std::optional<page>>>& got) {
    context.restart();
    while (!got)
        context.run_one();
}

} // namespace

TEST_CASE("X25 a pager whose io_context is gone while it fetches ahead fails, and can be "
          "destroyed, moved and asked all the same") {
    for_each_speech([](speech how) {
        for (const bool with_connection : {false, true}) {
            CAPTURE(with_connection);
            node_thread node(how, with_pages());
            std::optional<pager> pages;
            connection kept;
            std::optional<result<std::optional<page>>> got;
            {
                asio::io_context home(1);
                connection connection;
                start(home, open_into(node.where(), client_of(how), connection));
                while (!connection)
                    home.run_one();
                pages.emplace(connection.pages("pages 5"));
                start(home, turn_into(*pages, got));
                run_until(home, got);
                REQUIRE(got->has_value());
                CHECK(text_of(*got->value()) == "1");
                if (with_connection)
                    kept = connection;
            }
            // The next page was on its way.
            asio::io_context away(1);
            for (int again = 0; again < 2; ++again) {
                got.reset();
                start(away, turn_into(*pages, got));
                run_until(away, got);
                REQUIRE(!got->has_value());
                CHECK(got->error().has(errc::connection_closed));
            }
            pager moved(std::move(*pages));
            pages.reset();
            got.reset();
            start(away, turn_into(moved, got));
            run_until(away, got);
            CHECK(!got->has_value());
        }
    });
}

TEST_CASE("X25 a pager that is awaited on another executor is told of the end of the "
          "connection's io_context") {
    for_each_speech([](speech how) {
        auto options = with_pages();
        options.delay = [](const std::string&) { return 1h; };
        node_thread node(how, options);
        asio::io_context away(1);
        std::optional<result<std::optional<page>>> got;
        std::optional<pager> pages;
        {
            asio::io_context home(1);
            connection connection;
            start(home, open_into(node.where(), client_of(how), connection));
            while (!connection)
                home.run_one();
            pages.emplace(connection.pages("pages 5"));
            start(away, turn_into(*pages, got));
            while (connection.state().in_flight == 0) {
                home.poll();
                away.restart();
                away.poll();
            }
        }
        run_until(away, got);
        REQUIRE(!got->has_value());
        CHECK(got->error().has(errc::connection_closed));
        pages.reset();
    });
}

TEST_CASE("a pager may be asked on one executor after another, whatever runs there") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : all_worlds)
            for (const auto other : all_worlds) {
                CAPTURE(name_of(kind));
                CAPTURE(name_of(other));
                node_thread node(how, with_pages());
                world home(kind);
                world away(other);
                auto connection =
                    asio::co_spawn(home.executor(), opened_for_pages(node.where(), client_of(how)),
                                   asio::use_future)
                        .get();
                auto pages = std::make_shared<pager>(connection.pages("pages 6"));
                for (int i = 1; i <= 7; ++i) {
                    auto& where = i % 2 == 1 ? away : home;
                    const auto text =
                        asio::co_spawn(where.executor(), turned_page(pages), asio::use_future)
                            .get();
                    CHECK(text == (i == 7 ? "over" : std::to_string(i)));
                }
                // One that is dropped in the middle, from a thread of neither.
                auto dropped = std::make_shared<pager>(connection.pages("pages 6"));
                CHECK(
                    asio::co_spawn(away.executor(), turned_page(dropped), asio::use_future).get() ==
                    "1");
                dropped.reset();
                CHECK(asio::co_spawn(
                          home.executor(),
                          turned_page(std::make_shared<pager>(connection.pages("pages 1"))),
                          asio::use_future)
                          .get() == "1");
            }
}
