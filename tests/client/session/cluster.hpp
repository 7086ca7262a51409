#pragma once

#include "../node.hpp"

#include <cocql/session.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace cocql::tests {

/// What must be there before a cluster and be gone after it.
struct cluster_home {
    boost::asio::io_context context{1};
};

/// A scripted cluster with all that is needed to connect a session to it, on one thread with the
/// session; what waits is waited for by running that.
class session_cluster : public cluster_home, public testing::scripted_cluster {
  public:
    /// 0 shards: Cassandra.
    explicit session_cluster(int size, std::uint32_t number_of_shards = 0,
                             speech how = speech::plain)
        : scripted_cluster(context, settings_of(size, number_of_shards, how)) {
        ring_size = 3; // whatever the size: where there are more, some have the same tokens
        know_all();
        for (const auto& each : nodes)
            options.contact_point(each->where());
        if (how != speech::plain)
            options.tls(tls_options().ca_file(certificate("ca.pem")));
    }

    /// For a session that is given these nodes only.
    template <class... Numbers>
    cocql::options options_at(Numbers... numbers) {
        cocql::options made;
        (made.contact_point(node(numbers).where()), ...);
        if (const auto& tls = options.connection().tls_settings())
            made.tls(*tls);
        return made;
    }
    /// By all ports of a node, since it was started.
    std::size_t accepted_by(int number) {
        std::size_t all = 0;
        for (const auto* const each : ports_of(number))
            all += each->accepted();
        return all;
    }

    /// A session that has all its connections; what it has asked so far does not count.
    boost::asio::awaitable<session> connected() {
        auto made = co_await connect(options);
        co_await made.ready();
        requests.clear();
        co_return made;
    }

    /// Asks again until it is so; ten seconds at most.
    boost::asio::awaitable<void> become(std::function<boost::asio::awaitable<bool>()> so) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        for (;;) {
            const bool is_so = co_await so();
            if (is_so)
                co_return;
            REQUIRE(std::chrono::steady_clock::now() < limit);
            boost::asio::steady_timer pause(context, std::chrono::milliseconds(10));
            co_await pause.async_wait(boost::asio::use_awaitable);
        }
    }
    /// There are so many nodes, and a connection to each.
    boost::asio::awaitable<void> know_nodes(session& app, std::size_t count) {
        const auto so = [&app, count]() -> boost::asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts.size() == count&& std::ranges::all_of(hosts, [](const auto& each) {
                return each.connections != 0;
            });
        };
        return become(so);
    }

    /// Runs until it is over.
    template <class Work>
    void run(Work work) {
        bool over = false;
        tests::start(context, [](Work& work, bool& over) -> boost::asio::awaitable<void> {
            auto doing = work();
            co_await std::move(doing);
            over = true;
        }(work, over));
        until([&] { return over; });
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }

    cocql::options options;

  private:
    static testing::cluster_settings settings_of(int size, std::uint32_t shards, speech how) {
        testing::cluster_settings settings;
        settings.size = size;
        settings.shards = shards;
        settings.tls = node_of(how).tls;
        return settings;
    }
};

} // namespace cocql::tests
