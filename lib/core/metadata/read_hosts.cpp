#include "core/metadata/read_hosts.hpp"

#include "core/base/number_in.hpp"
#include "core/metadata/table_row.hpp"

#include <algorithm>
#include <optional>

namespace cocql::metadata {

namespace {

/// `0.0.0.0` and `::`, which a node listens on and nobody can connect to.
bool is_everywhere(const inet_address& address) {
    return std::ranges::all_of(address.bytes(),
                               [](std::byte each) { return each == std::byte{0}; });
}

std::optional<inet_address> address_in(const table_row& row, std::string_view column) {
    auto address = row.get<inet_address>(column);
    if (address && is_everywhere(*address))
        address.reset();
    return address;
}

/// The tokens of other partitioners than Murmur3 are no 64-bit numbers: none then.
std::vector<routing::token> tokens_in(const table_row& row) {
    std::vector<routing::token> tokens;
    const auto texts = row.get<std::vector<std::string_view>>("tokens");
    if (!texts)
        return tokens;
    tokens.reserve(texts->size());
    for (const auto text : *texts) {
        const auto number = base::number_in<std::int64_t>(text);
        if (!number)
            return {};
        tokens.emplace_back(*number);
    }
    std::ranges::sort(tokens);
    return tokens;
}

std::uint16_t port_in(const table_row& row, std::string_view column, std::uint16_t otherwise) {
    const auto port = row.get<std::int32_t>(column);
    return port && *port > 0 && *port <= 0xffff ? static_cast<std::uint16_t>(*port) : otherwise;
}

/// What both tables have under the same names.
host described_in(const table_row& row) {
    host found;
    found.id = row.get<uuid>("host_id").value_or(uuid());
    found.datacenter = row.get<std::string>("data_center").value_or("");
    found.rack = row.get<std::string>("rack").value_or("");
    found.release_version = row.get<std::string>("release_version").value_or("");
    found.schema_version = row.get<uuid>("schema_version");
    found.tokens = tokens_in(row);
    return found;
}

/// What a row lacks; empty where it lacks nothing.
std::string lacking(const host& found, bool has_address) {
    std::string what;
    const auto add = [&](const char* name) { (what += what.empty() ? "" : ", ") += name; };
    if (found.id == uuid())
        add("host_id");
    if (!has_address)
        add("address");
    if (found.datacenter.empty())
        add("data_center");
    return what;
}

} // namespace

result<local_node> read_local(const table_pages& rows,
                              const std::optional<inet_address>& connected_to, std::uint16_t port) {
    std::optional<local_node> found;
    bool has_address = false;
    for_each_row(rows, [&](const table_row& row) {
        local_node node;
        node.self = described_in(row);
        node.self.broadcast_address = address_in(row, "broadcast_address");
        auto address = address_in(row, "rpc_address");
        if (!address)
            address = connected_to ? connected_to : node.self.broadcast_address;
        has_address = address.has_value();
        node.self.address = address.value_or(inet_address());
        node.self.port = port_in(row, "rpc_port", port);
        node.cluster_name = row.get<std::string>("cluster_name").value_or("");
        node.partitioner = row.get<std::string>("partitioner").value_or("");
        found = std::move(node);
    });
    if (!found)
        return error(errc::protocol_error, "system.local has no row");
    if (const auto what = lacking(found->self, has_address); !what.empty())
        return error(errc::protocol_error, "system.local lacks " + what);
    return std::move(*found);
}

peer_nodes read_peers(const table_pages& rows, std::uint16_t port) {
    peer_nodes all;
    for_each_row(rows, [&](const table_row& row) {
        auto found = described_in(row);
        found.broadcast_address = address_in(row, "peer");
        auto address = row.get<inet_address>("native_address");
        if (!address)
            address = row.get<inet_address>("rpc_address");
        // One that listens everywhere does so at the address that others know it by, too.
        if (address && is_everywhere(*address))
            address = found.broadcast_address;
        const auto what = lacking(found, address.has_value());
        if (!what.empty()) {
            const auto& peer = found.broadcast_address;
            all.skipped.push_back((peer ? peer->to_string() : "a row") + " lacks " + what);
            return;
        }
        found.address = *address;
        found.port = port_in(row, "native_port", port);
        all.hosts.push_back(std::move(found));
    });
    return all;
}

} // namespace cocql::metadata
