#pragma once

#include "cluster.hpp"
#include "datacenters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cocql::tests {

inline constexpr const char* read_cql = "SELECT v FROM app.t";

inline statement_options by(const std::string& profile) {
    return statement_options().execution_profile(profile);
}

/// What of a profile a request shows to the node.
struct on_the_wire {
    consistency level;
    std::optional<consistency> serial;
    std::optional<std::int32_t> rows;
    friend bool operator==(const on_the_wire&, const on_the_wire&) = default;
};

/// A cluster that takes down how it is asked.
class noting_cluster : public session_cluster {
  public:
    explicit noting_cluster(int size, std::uint32_t shards = 0, speech how = speech::plain)
        : session_cluster(size, shards, how) {
        answer =
            [this](int,
                   const testing::node_request& request) -> std::optional<testing::node_reply> {
            last = {request.consistency, request.serial_consistency, request.page_size};
            return std::nullopt;
        };
    }

    std::size_t messages() const {
        std::size_t all = 0;
        for (const auto* const each : {&nodes, &by_source})
            for (const auto& node : *each)
                for (const auto kind :
                     {opcode::query, opcode::prepare, opcode::execute, opcode::batch})
                    all += node->count(kind);
        return all;
    }

    on_the_wire last{};
};

inline std::size_t connections_to(const std::vector<host_info>& hosts, int number) {
    const auto found = std::ranges::find(hosts, testing::id_of(number), &host_info::id);
    return found != hosts.end() ? found->connections : 0;
}

inline bool is_used(const std::vector<host_info>& hosts, int number) {
    const auto found = std::ranges::find(hosts, testing::id_of(number), &host_info::id);
    return found != hosts.end() && found->is_used;
}

/// Which nodes are asked where a profile is named.
inline boost::asio::awaitable<std::set<int>> asked_by(session_cluster& cluster, session& app,
                                                      std::string profile) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    cluster.requests.clear();
    for (int i = 0; i < 40; ++i) {
        const auto key = "key " + std::to_string(i);
        auto asking = app.execute(find, by(profile), key);
        co_await std::move(asking);
        auto text = app.query(read_cql, by(profile));
        co_await std::move(text);
    }
    CHECK(cluster.requests.size() == 80);
    co_return cluster.nodes_asked();
}

using datacenter_names = std::vector<std::string>;

} // namespace cocql::tests
