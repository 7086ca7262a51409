// bench_connect ROUNDS [CERTIFICATES]: connects a session to three scripted nodes, whose addresses
// are its contact points, with and without a dead one in front of them, and prints the milliseconds
// that each took: see tools/bench/connect/run. With a folder of certificates over TLS.
//
// `dropping.cocql.test` is to be 127.0.0.8 and then 127.0.0.1, `refusing.cocql.test` 127.0.0.7 and
// then 127.0.0.1, `silent.cocql.test` 127.0.0.9 and then 127.0.0.1, as the system's files have it;
// where they do not, names are left out.

#include "deaf_listener.hpp"

#include <cocql/cocql.hpp>
#include <cocql/testing/scripted_cluster.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace cocql;

constexpr const char* refusing = "127.0.0.7";
constexpr const char* dropping = "127.0.0.8";
constexpr const char* silent = "127.0.0.9";

/// What is connected to, by what is said of it.
struct way_in {
    std::string name;
    std::string without; ///< the way that it is compared with; empty: it is one
    std::vector<std::string> contact_points;
    bool first_node_is_silent = false;
    std::vector<double> took = {}; ///< milliseconds
};

std::vector<way_in> ways_in(bool names) {
    const std::string all_live = "three nodes";
    const std::string first_live = "one node";
    const std::vector<std::string> nodes{"127.0.0.1", "127.0.0.2", "127.0.0.3"};
    const auto behind = [&nodes](const std::string& first) {
        auto all = nodes;
        all.insert(all.begin(), first);
        return all;
    };
    std::vector<way_in> ways;
    ways.push_back({all_live, "", nodes});
    ways.push_back({first_live, "", {nodes.front()}});
    ways.push_back({"in front an address that refuses", all_live, behind(refusing)});
    ways.push_back({"in front an address that drops", all_live, behind(dropping)});
    ways.push_back({"in front an address that accepts and is silent", all_live, behind(silent)});
    ways.push_back({"the first node accepts and is silent", all_live, nodes, true});
    if (names) {
        ways.push_back({"in front a name, its first address refuses", all_live,
                        behind("refusing.cocql.test")});
        ways.push_back(
            {"in front a name, its first address drops", all_live, behind("dropping.cocql.test")});
        ways.push_back({"in front a name, its first address is silent", all_live,
                        behind("silent.cocql.test")});
        ways.push_back(
            {"a name alone, its first address refuses", first_live, {"refusing.cocql.test"}});
        ways.push_back(
            {"a name alone, its first address drops", first_live, {"dropping.cocql.test"}});
        ways.push_back(
            {"a name alone, its first address is silent", first_live, {"silent.cocql.test"}});
    }
    return ways;
}

/// Whether the system's files have all the names.
bool are_names_known() {
    std::ifstream hosts("/etc/hosts");
    std::stringstream all;
    all << hosts.rdbuf();
    const auto text = all.str();
    return text.find("refusing.cocql.test") != text.npos &&
           text.find("dropping.cocql.test") != text.npos &&
           text.find("silent.cocql.test") != text.npos;
}

/// A cluster of three nodes, and on the same port one address of each kind that is of no use.
class neighbourhood {
  public:
    explicit neighbourhood(std::optional<std::string> certificates)
        : certificates_(std::move(certificates)),
          cluster_(context_, settings()),
          deaf_(context_, asio::ip::make_address(dropping), cluster_.port),
          mute_(context_, mute()) {
        cluster_.ring_size = cluster_.size();
        cluster_.know_all();
    }

    double connect_by(const way_in& how) {
        auto& first = cluster_.node(1).options();
        first.silent =
            how.first_node_is_silent ? testing::silence::at_accept : testing::silence::never;
        options wanted;
        for (const auto& each : how.contact_points)
            wanted.contact_point(endpoint(each, cluster_.port));
        if (certificates_)
            wanted.tls(tls_options().ca_file(*certificates_ + "/ca.pem").verify(tls_verify::ca));
        double took = 0;
        std::exception_ptr failure;
        bool over = false;
        asio::co_spawn(context_, measure(std::move(wanted), took), [&](std::exception_ptr thrown) {
            failure = std::move(thrown);
            over = true;
        });
        context_.restart();
        while (!over)
            context_.run_one();
        if (failure)
            std::rethrow_exception(failure);
        return took;
    }

  private:
    testing::cluster_settings settings() const {
        testing::cluster_settings made;
        made.size = 3;
        made.shards = 2;
        if (certificates_)
            made.tls =
                testing::node_tls(*certificates_ + "/node.pem", *certificates_ + "/node.key");
        return made;
    }
    testing::node_options mute() const {
        testing::node_options made;
        made.address = silent;
        made.port = cluster_.port;
        made.silent = testing::silence::at_accept;
        return made;
    }
    static asio::awaitable<void> measure(options how, double& took) {
        const auto before = std::chrono::steady_clock::now();
        auto made = co_await connect(std::move(how));
        const std::chrono::duration<double, std::milli> time =
            std::chrono::steady_clock::now() - before;
        took = time.count();
        co_await made.close();
    }

    std::optional<std::string> certificates_;
    asio::io_context context_{1};
    testing::scripted_cluster cluster_;
    tests::deaf_listener deaf_;
    testing::scripted_node mute_;
};

void print(const std::vector<way_in>& ways) {
    std::printf("[");
    for (const auto& each : ways) {
        std::printf("%s{\"name\": \"%s\", \"without\": \"%s\", \"ms\": [",
                    &each == ways.data() ? "" : ",\n ", each.name.c_str(), each.without.c_str());
        for (std::size_t i = 0; i < each.took.size(); ++i)
            std::printf("%s%.1f", i == 0 ? "" : ", ", each.took[i]);
        std::printf("]}");
    }
    std::printf("]\n");
}

} // namespace

int main(int count, char** words) {
    int rounds = 0;
    const std::string_view text = count == 2 || count == 3 ? words[1] : "";
    const auto read = std::from_chars(text.data(), text.data() + text.size(), rounds);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || rounds < 1) {
        std::cerr << "usage: bench_connect ROUNDS [CERTIFICATES]\n";
        return 2;
    }
    try {
        neighbourhood place(count == 3 ? std::optional<std::string>(words[2]) : std::nullopt);
        auto ways = ways_in(are_names_known());
        place.connect_by(ways.front()); // the first one of a program has more to do
        for (int round = 0; round < rounds; ++round)
            for (auto& each : ways)
                each.took.push_back(place.connect_by(each));
        print(ways);
        return 0;
    } catch (const std::exception& thrown) {
        std::cerr << "bench_connect: " << thrown.what() << "\n";
        return 1;
    }
}
