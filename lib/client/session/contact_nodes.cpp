#include "client/session/contact_nodes.hpp"

#include <cocql/inet_address.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace cocql::client {

contact_nodes::contact_nodes(const std::vector<endpoint>& points) {
    for (const auto& each : points)
        if (std::ranges::find(points_, each) == points_.end())
            points_.push_back(each);
}

/// Of the version that is for what one makes up (RFC 9562, 5.8).
uuid contact_nodes::id_of(std::size_t index) noexcept {
    uuid id;
    id.bytes[6] = std::byte{0x80};
    id.bytes[8] = std::byte{0x80};
    auto left = index + 1;
    for (std::size_t at = id.bytes.size(); left != 0; left >>= 8)
        id.bytes[--at] = static_cast<std::byte>(left & 0xff);
    return id;
}

metadata::cluster_snapshot contact_nodes::snapshot() const {
    std::vector<metadata::host> all;
    for (std::size_t i = 0; i < points_.size(); ++i) {
        auto& one = all.emplace_back();
        one.id = id_of(i);
        one.address = inet_address::parse(points_[i].host()).value_or(inet_address());
        one.port = points_[i].port();
    }
    metadata::local_node first;
    first.self = all.front();
    return {std::make_shared<const metadata::topology_snapshot>(std::move(first), std::move(all)),
            std::make_shared<const metadata::schema_snapshot>()};
}

const endpoint* contact_nodes::find(const uuid& id) const noexcept {
    for (std::size_t i = 0; i < points_.size(); ++i)
        if (id_of(i) == id)
            return &points_[i];
    return nullptr;
}

} // namespace cocql::client
