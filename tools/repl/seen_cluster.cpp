#include "seen_cluster.hpp"

#include "failure_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

namespace cocqlsh {

namespace {

using std::chrono::nanoseconds;

std::string milliseconds_text(nanoseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f",
                  std::chrono::duration<double, std::milli>(time).count());
    return text.data();
}

std::string percentile_text(const cocql::latency_histogram& latencies, double percent) {
    return latencies.count() == 0 ? std::string()
                                  : milliseconds_text(latencies.percentile(percent));
}

std::string status_text(cocql::host_status status) {
    return status == cocql::host_status::up     ? "up"
           : status == cocql::host_status::down ? "down"
                                                : "unknown";
}

/// Addresses in the order of their numbers, before names.
auto order_of(const seen_host& seen) {
    const auto& where = seen.host.where;
    const auto number = cocql::inet_address::parse(where.host());
    return std::make_tuple(seen.host.datacenter, seen.host.rack, !number,
                           number.value_or(cocql::inet_address()), where.host(), where.port());
}

} // namespace

void seen_cluster::sort() {
    std::ranges::sort(hosts, [](const seen_host& one, const seen_host& other) {
        return order_of(one) < order_of(other);
    });
}

std::vector<std::string> host_columns() {
    return {"address",     "data_center", "rack",      "state",     "version", "shards",
            "connections", "requests",    "answer_ms", "median_ms", "p99_ms"};
}

std::vector<std::string> host_row(const seen_host& seen) {
    const auto& host = seen.host;
    const auto& latencies = seen.metrics.counts.latency;
    return {host.where.to_string(),
            host.datacenter,
            host.rack,
            status_text(host.status),
            seen.own_version.empty() ? host.release_version : seen.own_version,
            host.shards == 0 ? std::string() : std::to_string(host.shards),
            std::to_string(host.connections),
            std::to_string(seen.metrics.counts.attempts()),
            seen.answer ? milliseconds_text(*seen.answer) : std::string(),
            percentile_text(latencies, 50),
            percentile_text(latencies, 99)};
}

std::string failure_line(const seen_host& seen) {
    const auto& why = *seen.failure;
    auto line = seen.host.where.to_string() + " did not answer: ";
    if (why.is(cocql::errc::server_error))
        return line + failure_text(why);
    line += why.message();
    for (const auto* beneath = why.cause(); beneath != nullptr; beneath = beneath->cause())
        line += ": " + std::string(beneath->message());
    if (why.phase())
        line += " (" + std::string(to_string(*why.phase())) + ")";
    return line;
}

} // namespace cocqlsh
