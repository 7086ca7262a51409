#pragma once

#include <cocql/error.hpp>
#include <cocql/host_info.hpp>
#include <cocql/host_metrics.hpp>
#include <cocql/uuid.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace cocqlsh {

/// A node, and what came of asking it something.
class seen_host {
  public:
    cocql::host_info host;
    cocql::host_metrics metrics;
    /// How long its answer took; nothing: it did not answer, and `failure` says why.
    std::optional<std::chrono::nanoseconds> answer;
    std::optional<cocql::error> failure;
    /// ScyllaDB's own, where it tells: its release_version is another's.
    std::string own_version;
};

/// A cluster as SHOW CLUSTER found it.
class seen_cluster {
  public:
    std::string name;
    std::string partitioner;
    std::vector<seen_host> hosts;
    std::vector<std::string> warnings;

    const seen_host* find(const cocql::uuid& id) const noexcept {
        for (const auto& each : hosts)
            if (each.host.id == id)
                return &each;
        return nullptr;
    }
    /// By data centre, rack and address.
    void sort();
};

/// What the table has, and a row of it: a blank for what is not known.
std::vector<std::string> host_columns();
std::vector<std::string> host_row(const seen_host& seen);
/// Why there was no answer: `10.0.0.2:9042 did not answer: cannot connect: …`
std::string failure_line(const seen_host& seen);

} // namespace cocqlsh
