// Serves a scripted cluster that plays ScyllaDB to whichever driver comes, and counts which of its
// requests reached the right shard: see tests/foreign/run.

#include "testing/scripted_cluster.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace {

using namespace cocql;

int usage() {
    std::cerr << "usage: cluster_server NODES SHARDS TABLETS plain|tls SECONDS\n"
                 "Listens at 127.0.0.1 and so on; no tablets: vnodes. Says where on standard "
                 "output, and what it was\n"
                 "asked when its standard input ends, or after so many seconds. TLS: with the "
                 "certificate in the\n"
                 "folder $COCQL_TEST_CERTIFICATES.\n";
    return 2;
}

std::optional<int> number(std::string_view text, int least) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < least)
        return std::nullopt;
    return value;
}

std::string on_one_line(const std::string& text) {
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

/// Which tablets' requests went astray. What a driver is told with one answer it may know a moment
/// later only, so those that follow at once are counted apart.
class strays_of_tablets {
  public:
    /// `when`: which request of all this was.
    void add(int tablet, bool astray, int when) {
        auto& seen = all_[tablet];
        if (!astray)
            return;
        if (seen.strays != 0 && when - seen.last <= at_once)
            ++late_;
        else
            ++seen.strays;
        seen.last = when;
    }
    std::size_t tablets() const { return all_.size(); }
    int late() const { return late_; }
    /// Of one tablet, without those that were late.
    int most() const {
        int most = 0;
        for (const auto& [tablet, seen] : all_)
            most = std::max(most, seen.strays);
        return most;
    }

  private:
    static constexpr int at_once = 3; // requests of any tablet
    struct history {
        int strays = 0;
        int last = 0;
    };
    std::map<int, history> all_;
    int late_ = 0;
};

void report(const testing::scripted_cluster& cluster) {
    struct count {
        int requests = 0;
        int astray = 0;
    };
    count total;
    std::map<std::pair<int, std::uint32_t>, count> shards;
    strays_of_tablets strays;
    for (const auto& each : cluster.requests) {
        if (each.key.empty())
            continue;
        const int astray = each.astray ? 1 : 0;
        for (auto* one : {&total, &shards[{each.node, each.shard}]}) {
            ++one->requests;
            one->astray += astray;
        }
        if (cluster.tablets != 0)
            strays.add(cluster.tablet_of(each.key), each.astray, total.requests);
    }
    for (const auto& [where, seen] : shards)
        std::cout << "node " << where.first << " shard " << where.second << ": " << seen.requests
                  << " requests, " << seen.astray << " astray\n";
    std::size_t by_port = 0;
    std::size_t by_source = 0;
    std::set<std::string> statements;
    for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
        by_port += cluster.nodes[i]->accepted();
        by_source += cluster.by_source[i]->accepted();
        for (const auto* each : {&cluster.nodes[i], &cluster.by_source[i]})
            for (const auto& cql : (*each)->statements())
                statements.insert(on_one_line(cql));
    }
    for (const auto& each : statements)
        std::cout << "asked " << each << "\n";
    std::cout << "total " << total.requests << " astray " << total.astray << " tablets "
              << strays.tablets() << " most_of_one_tablet " << strays.most() << " late "
              << strays.late() << " told " << cluster.told << " by_port " << by_port
              << " by_source " << by_source << std::endl;
}

/// Ends a run when its standard input does, or the time is up.
class ending {
  public:
    ending(boost::asio::io_context& context, std::chrono::seconds limit)
        : context_(context), input_(context, ::dup(STDIN_FILENO)), timer_(context, limit) {
        timer_.async_wait([this](boost::system::error_code) { context_.stop(); });
        read();
    }

  private:
    void read() {
        input_.async_read_some(boost::asio::buffer(ignored_),
                               [this](boost::system::error_code ended, std::size_t) {
                                   if (ended)
                                       context_.stop();
                                   else
                                       read();
                               });
    }

    boost::asio::io_context& context_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::steady_timer timer_;
    std::array<char, 64> ignored_{};
};

struct table_settings {
    int tablets;
    int replicas;
    int move_after;
};

int serve(const testing::cluster_settings& settings, const table_settings& table,
          std::chrono::seconds limit) {
    boost::asio::io_context context(1);
    testing::scripted_cluster cluster(context, settings);
    cluster.ring_size = settings.size;
    int reads = 0;
    cluster.value_of = [&](const std::string& key) {
        if (++reads == table.move_after)
            cluster.moved = 1;
        return "value of " + key;
    };
    cluster.know_all();
    cluster.have_keyspace(table.replicas, true);
    if (table.tablets != 0)
        cluster.have_tablets(table.tablets);
    else
        cluster.have_table(1);
    std::cout << "listening " << cluster.node(1).where().host() << " " << cluster.port << std::endl;
    const ending until_then(context, limit);
    context.run();
    report(cluster);
    return 0;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 8)
        return usage();
    const auto nodes = number(arguments[1], 1);
    const auto shards = number(arguments[2], 1);
    const auto tablets = number(arguments[3], 0);
    const auto replicas = number(arguments[4], 1);
    const auto move_after = number(arguments[5], 0);
    const std::string_view how = arguments[6];
    const auto seconds = number(arguments[7], 1);
    const char* certificates = std::getenv("COCQL_TEST_CERTIFICATES");
    if (!nodes || *nodes > 9 || !shards || !tablets || !replicas || *replicas > *nodes ||
        !move_after || !seconds || (how != "plain" && how != "tls"))
        return usage();
    testing::cluster_settings settings;
    settings.size = *nodes;
    settings.shards = static_cast<std::uint32_t>(*shards);
    settings.racks = *nodes;
    if (how == "tls") {
        if (certificates == nullptr)
            return usage();
        const std::string folder = certificates;
        settings.tls.emplace(folder + "/node.pem", folder + "/node.key");
    }
    try {
        return serve(settings, {*tablets, *replicas, *move_after}, std::chrono::seconds(*seconds));
    } catch (const std::exception& thrown) {
        std::cerr << "cluster_server: " << thrown.what() << "\n";
        return 1;
    }
}
