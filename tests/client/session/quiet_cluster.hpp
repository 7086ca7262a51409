#pragma once

#include "versioned_cluster.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// What must be there before a cluster and be gone after it.
struct quiet_cluster_home {
    boost::asio::io_context context{1};
};

/// A cluster in memory, and sessions with it.
class quiet_cluster : public quiet_cluster_home, public testing::scripted_cluster {
  public:
    explicit quiet_cluster(int size, std::uint32_t number_of_shards = 0, int number_of_racks = 1)
        : scripted_cluster(context, settings_of(size, number_of_shards, number_of_racks)) {}

    session connected(cocql::options how) {
        auto made = run(connect(std::move(how)));
        run(made.ready());
        requests.clear();
        return made;
    }
    session connected_by(int number) { return connected(cocql::options(node(number).where())); }
    /// How many there are to each node, in the order of their ids.
    std::vector<std::size_t> connections_of(session& app) {
        std::vector<std::size_t> all;
        for (const auto& each : run(app.hosts()))
            all.push_back(each.connections);
        return all;
    }
    std::size_t accepted_by(int number) {
        std::size_t all = 0;
        for (const auto* const each : ports_of(number))
            all += each->accepted();
        return all;
    }
    /// How often it is told where a tablet is while these are read.
    int told_of(session& app, const std::vector<std::string>& keys) {
        told = 0;
        for (const auto& key : keys)
            run(find_key(app, key));
        return told;
    }

  private:
    static testing::cluster_settings settings_of(int size, std::uint32_t shards, int racks) {
        testing::cluster_settings made;
        made.size = size;
        made.shards = shards;
        made.racks = racks;
        made.in_memory = true;
        return made;
    }
};

inline std::vector<std::string> some_keys(int count) {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i)
        all.push_back(key_of(i));
    return all;
}

} // namespace cocql::tests
