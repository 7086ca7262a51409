#include "seen_cluster.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace cocqlsh;
using namespace std::chrono_literals;

namespace {

seen_host node_at(const std::string& address, const std::string& datacenter = "dc1",
                  const std::string& rack = "r1") {
    seen_host seen;
    seen.host.where = cocql::endpoint(address, 9999);
    seen.host.datacenter = datacenter;
    seen.host.rack = rack;
    return seen;
}

std::vector<std::string> addresses_of(const seen_cluster& seen) {
    std::vector<std::string> all;
    for (const auto& each : seen.hosts)
        all.push_back(each.host.where.host());
    return all;
}

} // namespace

TEST_CASE("a node's row has a blank for what is not known") {
    auto seen = node_at("10.0.0.1");
    CHECK(host_row(seen) == std::vector<std::string>{"10.0.0.1:9999", "dc1", "r1", "unknown", "",
                                                     "", "0", "0", "", "", ""});
    CHECK(host_row(seen).size() == host_columns().size());
}

TEST_CASE("a node's row tells times in milliseconds") {
    auto seen = node_at("::1", "dc 2", "r");
    seen.host.status = cocql::host_status::up;
    seen.host.release_version = "5.0.6";
    seen.host.connections = 2;
    seen.answer = 1'234'567ns;
    for (int i = 0; i < 98; ++i)
        seen.metrics.counts.latency.record(7us);
    for (int i = 0; i < 2; ++i)
        seen.metrics.counts.latency.record(3s);
    seen.metrics.counts.unanswered = 5;
    auto row = host_row(seen);
    const auto p99 = std::stod(row.back());
    row.pop_back();
    CHECK(row == std::vector<std::string>{"[::1]:9999", "dc 2", "r", "up", "5.0.6", "", "2", "105",
                                          "1.235", "0.008"});
    CHECK(p99 >= 3000);
    CHECK(p99 <= 3000 * 17 / 16.0);
}

TEST_CASE("a node of ScyllaDB has shards, and a version of its own where it tells") {
    auto seen = node_at("10.0.0.1");
    seen.host.status = cocql::host_status::down;
    seen.host.release_version = "3.0.8";
    seen.host.shards = 12;
    CHECK(host_row(seen)[3] == "down");
    CHECK(host_row(seen)[4] == "3.0.8");
    CHECK(host_row(seen)[5] == "12");
    seen.own_version = "2026.4.0";
    CHECK(host_row(seen)[4] == "2026.4.0");
}

TEST_CASE("nodes stand by data centre, rack and the numbers of their addresses") {
    seen_cluster seen;
    for (const auto* address : {"10.0.0.10", "b.example", "10.0.0.9", "::1", "a.example"})
        seen.hosts.push_back(node_at(address));
    seen.hosts.push_back(node_at("10.0.0.1", "dc2"));
    seen.hosts.push_back(node_at("10.0.0.2", "dc1", "r0"));
    seen.sort();
    CHECK(addresses_of(seen) == std::vector<std::string>{"10.0.0.2", "10.0.0.9", "10.0.0.10", "::1",
                                                         "a.example", "b.example", "10.0.0.1"});
}

TEST_CASE("why a node did not answer is told with what is beneath, and without what users know") {
    auto seen = node_at("10.0.0.1");
    seen.failure = cocql::error(cocql::errc::timed_out, "no answer in time");
    seen.failure->at("10.0.0.1:9999").with(cocql::request_outcome::maybe_executed);
    CHECK(failure_line(seen) == "10.0.0.1:9999 did not answer: no answer in time");
    seen.failure = cocql::error(cocql::errc::connect_failed, "cannot connect");
    seen.failure->because(cocql::error(cocql::errc::io_failed, "refused"))
        .in(cocql::phase::tcp_connect);
    CHECK(failure_line(seen) ==
          "10.0.0.1:9999 did not answer: cannot connect: refused (tcp_connect)");
    seen.failure = cocql::error(cocql::errc::server_error, "an error");
    seen.failure->with(cocql::server_error{cocql::server_error_code::overloaded, "too much", {}});
    CHECK(failure_line(seen) == "10.0.0.1:9999 did not answer: OverloadedErrorMessage: too much");
}

TEST_CASE("a node is found by its id") {
    seen_cluster seen;
    seen.hosts.push_back(node_at("10.0.0.1"));
    seen.hosts.push_back(node_at("10.0.0.2"));
    const auto id = cocql::uuid::parse("00000000-0000-0000-0000-00000000002a").value();
    CHECK(seen.find(id) == nullptr);
    seen.hosts[1].host.id = id;
    CHECK(seen.find(id) == &seen.hosts[1]);
}
