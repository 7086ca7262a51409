#pragma once

#include "../node.hpp"
#include "client/control/control_connection.hpp"
#include "testing/manual_clock.hpp"

#include <cocql/testing/cluster_tables.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

using client::control_connection;
using client::control_settings;
using testing::cluster_tables;

/// Writes down what a control connection tells.
class ear final : public client::control_listener {
  public:
    void metadata_read(const metadata::cluster_snapshot& now) override { pictures.push_back(now); }
    void tablets_found(metadata::tablets_by_table tables) override {
        tablets.push_back(std::move(tables));
    }
    void status_told(const status_change& told) override {
        statuses.push_back(told.change + " " + told.address);
    }
    void control_connected(const endpoint& where) override { connected.push_back(where); }
    void control_lost(const error& why) override { lost.push_back(why); }
    void warned(const std::string& what) override { warnings.push_back(what); }

    std::vector<metadata::cluster_snapshot> pictures;
    std::vector<metadata::tablets_by_table> tablets;
    std::vector<std::string> statuses;
    std::vector<endpoint> connected;
    std::vector<error> lost;
    std::vector<std::string> warnings;
};

/// Some scripted nodes on one port at 127.0.0.1, .2 and so on, and a control connection to their
/// cluster, on a clock of its own.
class cluster {
  public:
    explicit cluster(int size, testing::manners like = testing::manners::cassandra) : like_(like) {
        for (int attempt = 1; nodes.empty(); ++attempt)
            try {
                for (int i = 1; i <= size; ++i)
                    add(i);
            } catch (const boost::system::system_error&) {
                // What is free at the first address need not be so at all of them.
                REQUIRE(attempt < 10);
                nodes.clear();
                tables.clear();
                port = 0;
            }
        know_all();
        for (const auto& each : nodes)
            settings.contact_points.push_back(each->where());
    }

    void add(int number) {
        auto options = tables.emplace_back(like_).options("127.0.0." + std::to_string(number));
        options.port = port;
        nodes.push_back(std::make_unique<testing::scripted_node>(context, std::move(options)));
        port = nodes.back()->port();
    }
    /// Every node knows every other one.
    void know_all(const std::string& name = "test cluster") {
        const auto size = static_cast<int>(tables.size());
        for (int self = 1; self <= size; ++self) {
            std::vector<int> others;
            for (int i = 1; i <= size; ++i)
                if (i != self)
                    others.push_back(i);
            tables[static_cast<std::size_t>(self - 1)].have_nodes(self, others, port, name);
        }
    }

    void begin() {
        control =
            std::make_shared<control_connection>(context.get_executor(), settings, clock, heard);
        start(context, [](cluster& self) -> boost::asio::awaitable<void> {
            self.opened = co_await self.control->open();
        }(*this));
    }
    void open() {
        begin();
        until([this] { return opened.has_value(); });
        REQUIRE_MESSAGE(opened->has_value(), opened->error().what());
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }
    /// Lets what has been received be dealt with.
    void settle() { run_until_quiet(context); }
    void advance(base::duration time) {
        clock.advance(time);
        settle();
    }
    void close() {
        bool closed = false;
        start(context, [](cluster& self, bool& closed) -> boost::asio::awaitable<void> {
            co_await self.control->close();
            closed = true;
        }(*this, closed));
        until([&] { return closed; });
    }
    /// That it is connected to.
    testing::scripted_node& serving() {
        for (auto& each : nodes)
            if (each->where() == heard.connected.back())
                return *each;
        FAIL("connected to none of them");
        return *nodes[0];
    }
    std::size_t readings(const std::string& table) const {
        std::size_t count = 0;
        for (const auto& each : nodes)
            count += static_cast<std::size_t>(
                std::ranges::count_if(each->statements(), [&](const std::string& cql) {
                    return cluster_tables::table_of(cql) == table;
                }));
        return count;
    }

    boost::asio::io_context context{1};
    testing::manual_clock clock;
    std::deque<cluster_tables> tables;
    std::vector<std::unique_ptr<testing::scripted_node>> nodes;
    std::uint16_t port = 0;
    control_settings settings;
    ear heard;
    std::shared_ptr<control_connection> control;
    std::optional<result<void>> opened;

  private:
    testing::manners like_;
};

inline const topology_change new_node{"NEW_NODE", "127.0.0.9", 9042};
inline const schema_change new_table{"CREATED", "TABLE", "ks", "t", {}};

} // namespace cocql::tests
