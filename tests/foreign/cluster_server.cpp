// Serves a scripted cluster that plays ScyllaDB to whichever driver comes, and counts which of its
// requests reached the right shard: see tests/foreign/run.

#include "request_counts.hpp"
#include "until_input_ends.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/io_context.hpp>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace cocql;

int usage() {
    std::cerr
        << "usage: cluster_server NODES SHARDS TABLETS REPLICAS MOVE_AFTER plain|tls SECONDS "
           "[VERSIONS [led|leaders]]\n"
           "Listens at 127.0.0.1 and so on; no tablets: vnodes. After so many reads (0: never) "
           "they move.\n"
           "They have versions, which are offered by the name VERSIONS, or none. Led: by one of "
           "their replicas, and\n"
           "that changes in place of moving; leaders: and who asks another one has gone astray. "
           "Says where on standard output,\n"
           "and what it was asked when its standard input ends, or after so many seconds. TLS: "
           "with the certificate\n"
           "in the folder $COCQL_TEST_CERTIFICATES.\n";
    return 2;
}

std::optional<int> number(std::string_view text, int least) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < least)
        return std::nullopt;
    return value;
}

struct table_settings {
    int tablets;
    int replicas;
    int move_after;
    std::string versions; ///< by which name; none: they have none
    bool led;
    bool leaders_count; ///< and other replicas do not
};

int serve(const testing::cluster_settings& settings, const table_settings& table,
          std::chrono::seconds limit) {
    boost::asio::io_context context(1);
    testing::scripted_cluster cluster(context, settings);
    cluster.ring_size = settings.size;
    int reads = 0;
    cluster.value_of = [&](const std::string& key) {
        if (++reads == table.move_after)
            (table.led ? cluster.led : cluster.moved) = 1;
        return "value of " + key;
    };
    cluster.know_all();
    cluster.have_keyspace(table.replicas, true);
    if (table.tablets != 0)
        cluster.have_tablets(table.tablets, table.led ? "global" : "eventual");
    else
        cluster.have_table(1);
    if (!table.versions.empty())
        cluster.offer_tablet_versions(table.versions);
    const tests::request_counts counts(cluster, table.leaders_count);
    std::cout << "listening " << cluster.node(1).where().host() << " " << cluster.port << std::endl;
    const until_input_ends until_then(context, limit);
    context.run();
    counts.report();
    return 0;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count < 8 || count > 10)
        return usage();
    const auto nodes = number(arguments[1], 1);
    const auto shards = number(arguments[2], 1);
    const auto tablets = number(arguments[3], 0);
    const auto replicas = number(arguments[4], 1);
    const auto move_after = number(arguments[5], 0);
    const std::string_view how = arguments[6];
    const auto seconds = number(arguments[7], 1);
    const std::string versions = count >= 9 ? arguments[8] : "";
    const std::string_view led = count == 10 ? arguments[9] : "";
    const char* certificates = std::getenv("COCQL_TEST_CERTIFICATES");
    if (!nodes || *nodes > 9 || !shards || !tablets || !replicas || *replicas > *nodes ||
        !move_after || !seconds || (!versions.empty() && *tablets == 0) ||
        (how != "plain" && how != "tls") || (!led.empty() && led != "led" && led != "leaders"))
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
        return serve(settings,
                     {*tablets, *replicas, *move_after, versions, !led.empty(), led == "leaders"},
                     std::chrono::seconds(*seconds));
    } catch (const std::exception& thrown) {
        std::cerr << "cluster_server: " << thrown.what() << "\n";
        return 1;
    }
}
