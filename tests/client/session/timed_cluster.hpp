#pragma once

#include "client/connection/executing.hpp"
#include "client/connection/preparing.hpp"
#include "client/connection/querying.hpp"
#include "client/session/perform_somewhere.hpp"
#include "client/session/session_core.hpp"
#include "cluster.hpp"
#include "testing/manual_clock.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// A cluster and a session by one clock, which only the nodes move on: each by what it takes to
/// answer. One request after the other, so that nothing else passes meanwhile.
class timed_cluster : public session_cluster {
  public:
    explicit timed_cluster(int size, std::uint32_t number_of_shards = 0)
        : session_cluster(size, number_of_shards) {
        options.request_timeout(std::nullopt);
        options.connection().heartbeat(std::nullopt, std::nullopt);
        all_take(std::chrono::milliseconds(10));
    }

    void all_take(base::duration time) {
        for (int number = 1; number <= size(); ++number)
            takes[number] = time;
    }

    /// Returns when the session has all its connections.
    boost::asio::awaitable<void> open() {
        answer = [this, otherwise = std::move(answer)](int number,
                                                       const testing::node_request& request) {
            moments[number].push_back(clock.now());
            clock.advance(takes[number]);
            auto reply = instead ? instead(number, request) : std::nullopt;
            return reply || !otherwise ? reply : otherwise(number, request);
        };
        core = std::make_shared<client::session_core>(context.get_executor(), options, clock);
        const auto opened = co_await core->open();
        REQUIRE(opened.has_value());
        const auto ready = co_await core->ready();
        REQUIRE(ready.has_value());
        find_ = co_await prepare(find_cql);
        requests.clear();
    }
    boost::asio::awaitable<void> close() {
        co_await core->close();
        core.reset();
    }
    boost::asio::awaitable<prepared_statement> prepare(std::string cql) {
        client::preparing work(std::move(cql), statement_options());
        auto preparing = client::perform_somewhere(core, std::move(work));
        co_return co_await std::move(preparing);
    }
    /// Reads of one row each; the key of all, or of each another one.
    boost::asio::awaitable<void> find(int times, std::string key = "",
                                      statement_options how = statement_options()) {
        auto doing = execute(find_, times, std::move(key), std::move(how));
        co_await std::move(doing);
    }
    boost::asio::awaitable<void> execute(prepared_statement statement, int times, std::string key,
                                         statement_options how = statement_options()) {
        for (int i = 0; i < times; ++i) {
            const auto which = key.empty() ? "key " + std::to_string(next_key_++) : key;
            client::executing work(detail::binding::of(statement, which).with(how));
            auto executing = client::perform_somewhere(core, std::move(work));
            co_await std::move(executing);
        }
    }
    /// A text, which is of no partition that is known.
    boost::asio::awaitable<void> query(int times, statement_options how = statement_options()) {
        for (int i = 0; i < times; ++i) {
            client::querying work("SELECT v FROM app.t", how);
            auto querying = client::perform_somewhere(core, std::move(work));
            co_await std::move(querying);
        }
    }

    /// How many of the last requests came to a node, and no more after that.
    std::map<int, int> asked_since() {
        std::map<int, int> counts;
        for (int number = 1; number <= size(); ++number)
            counts[number] = 0;
        for (const auto& each : requests)
            ++counts[each.node];
        requests.clear();
        return counts;
    }

    testing::manual_clock clock;
    std::map<int, base::duration> takes;
    std::map<int, std::vector<base::time_point>> moments; ///< when requests came
    std::function<std::optional<testing::node_reply>(int, const testing::node_request&)> instead;
    std::shared_ptr<client::session_core> core;

  private:
    prepared_statement find_;
    int next_key_ = 0;
};

} // namespace cocql::tests
