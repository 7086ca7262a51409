#include "../worlds.hpp"
#include "cluster_thread.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// How many of its answers were right.
asio::awaitable<int> ask_many(session app, int who) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    int right = 0;
    for (int i = 0; i < 40; ++i) {
        const auto key = "key " + std::to_string(who) + "/" + std::to_string(i);
        const auto answer = co_await app.execute(find, key);
        for (const auto [value] : answer.rows<std::string>())
            right += value == key ? 1 : 0;
    }
    co_return right;
}

asio::awaitable<void> close_it(session app) {
    co_await app.close();
}

} // namespace

TEST_CASE("R30 a session may live on anything that runs handlers: one thread, several, a pool, "
          "strands; each request gets its own answer") {
    for (const auto how : {speech::plain, speech::tls_1_3}) {
        cluster_thread cluster(3, 2, how, [](session_cluster& all) {
            all.value_of = [](const std::string& key) { return key; }; // each key's is the key
        });
        for (const auto kind : all_worlds)
            for (const auto other : {kind, world_kind::pool}) {
                CAPTURE(name_of(how));
                CAPTURE(name_of(kind));
                CAPTURE(name_of(other));
                world home(kind);
                world away(other);
                auto app = asio::co_spawn(home.executor(), ready_session(cluster.options()),
                                          asio::use_future)
                               .get();
                std::vector<std::future<int>> ends;
                for (int who = 0; who < 10; ++who)
                    ends.push_back(asio::co_spawn(who % 2 == 0 ? home.executor() : away.executor(),
                                                  ask_many(app, who), asio::use_future));
                for (auto& each : ends)
                    CHECK(each.get() == 40);
                asio::co_spawn(away.executor(), close_it(app), asio::use_future).get();
                app = {};
            }
    }
}

TEST_CASE("X25 pages of a session that are still in somebody's hands when its io_context is gone "
          "say so") {
    session_cluster cluster(2);
    const std::byte next{2};
    cluster.answer = [&next](int, const node_request&) {
        return std::optional(with_more(rows_of({"text"}), std::span(&next, 1)));
    };
    for (const int turns : {0, 1, 2, 3, 5, 8, 13, 20, 50}) {
        std::unique_ptr<pager> pages;
        {
            asio::io_context home(1);
            bool begun = false;
            asio::co_spawn(
                home,
                [](options how, std::unique_ptr<pager>& pages,
                   bool& begun) -> asio::awaitable<void> {
                    auto app = co_await ready_session(std::move(how));
                    pages = std::make_unique<pager>(app.pages("SELECT v FROM app.t"));
                    begun = true;
                    for (;;)
                        static_cast<void>(co_await pages->next());
                }(cluster.options, pages, begun),
                [](std::exception_ptr) {});
            const auto turn = [&] {
                cluster.context.restart();
                home.restart();
                cluster.context.poll_one();
                home.poll_one();
            };
            while (!begun)
                turn();
            for (int i = 0; i < turns; ++i)
                turn();
        }
        asio::io_context other(1);
        auto outcome = asio::co_spawn(
            other,
            [](pager& pages) -> asio::awaitable<std::string> {
                try {
                    static_cast<void>(co_await pages.next());
                } catch (const error& why) {
                    co_return std::string(why.what());
                }
                co_return "a page";
            }(*pages),
            asio::use_future);
        other.run();
        REQUIRE(outcome.wait_for(0s) == std::future_status::ready);
        // One that had been fetched ahead may still be given.
        const auto said = outcome.get();
        CHECK_MESSAGE((said == "a page" || said.find("destroyed") != said.npos ||
                       said.find("closed") != said.npos),
                      said);
    }
}
