#pragma once

#include "history_of_tablets.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace cocql::tests {

/// Counts the requests that a cluster gets for its table.
class request_counts {
  public:
    /// Looks at each answer of the cluster's, which has its table by now. Where leaders count, a
    /// request for a tablet that came to another of its replicas is astray, too.
    explicit request_counts(testing::scripted_cluster& cluster, bool leaders_count)
        : cluster_(cluster), leaders_count_(leaders_count) {
        if (cluster.tablets == 0)
            return;
        cluster.answer = [this, answer = std::move(cluster.answer)](
                             int node, const testing::node_request& request) {
            const auto told_before = cluster_.told;
            auto reply = answer(node, request);
            auto& asked = cluster_.requests.back();
            if (!asked.key.empty()) {
                if (asked.version_block)
                    ++with_version_;
                if (request.wants_tablets)
                    ++without_version_;
                if (leaders_count_ && !is_of_leader(asked))
                    asked.astray = true;
                const auto placement = cluster_.moved + (leaders_count_ ? cluster_.led : 0);
                tablets_.add(cluster_.tablet_of(asked.key), placement, asked.astray,
                             cluster_.told != told_before, ++when_);
            }
            return reply;
        };
    }
    request_counts(const request_counts&) = delete;
    request_counts& operator=(const request_counts&) = delete;

    void report() const {
        struct count {
            int requests = 0;
            int astray = 0;
        };
        count total;
        std::map<std::pair<int, std::uint32_t>, count> shards;
        for (const auto& each : cluster_.requests) {
            if (each.key.empty())
                continue;
            for (auto* one : {&total, &shards[{each.node, each.shard}]}) {
                ++one->requests;
                one->astray += each.astray ? 1 : 0;
            }
        }
        for (const auto& [where, seen] : shards)
            std::cout << "node " << where.first << " shard " << where.second << ": "
                      << seen.requests << " requests, " << seen.astray << " astray\n";
        std::size_t by_port = 0;
        std::size_t by_source = 0;
        std::set<std::string> statements;
        for (std::size_t i = 0; i < cluster_.nodes.size(); ++i) {
            by_port += cluster_.nodes[i]->accepted();
            by_source += cluster_.by_source[i]->accepted();
            for (const auto* each : {&cluster_.nodes[i], &cluster_.by_source[i]})
                for (const auto& cql : (*each)->statements())
                    statements.insert(on_one_line(cql));
        }
        for (const auto& each : statements)
            std::cout << "asked " << each << "\n";
        std::cout << "total " << total.requests << " astray " << total.astray << " tablets "
                  << tablets_.tablets() << " most_of_one_tablet " << tablets_.most() << " late "
                  << tablets_.late() << " stubborn " << tablets_.stubborn() << " by_chance "
                  << tablets_.by_chance() << " places " << tablets_.places() << " first_told "
                  << tablets_.first_told() << " told " << cluster_.told << " with_version "
                  << with_version_ << " without_version " << without_version_ << " by_port "
                  << by_port << " by_source " << by_source << std::endl;
    }

  private:
    static std::string on_one_line(const std::string& text) {
        std::istringstream words(text);
        std::string line;
        for (std::string word; words >> word;)
            line += (line.empty() ? "" : " ") + word;
        return line;
    }

    bool is_of_leader(const testing::cluster_request& asked) const {
        const auto tablet = cluster_.tablet_of(asked.key);
        return asked.node == cluster_.node_of_tablet(tablet) &&
               asked.shard == cluster_.shard_of_tablet(tablet);
    }

    testing::scripted_cluster& cluster_;
    const bool leaders_count_;
    history_of_tablets tablets_;
    int with_version_ = 0;
    int without_version_ = 0; ///< by connections that have asked for tablets without
    int when_ = 0;
};

} // namespace cocql::tests
