#include "system_tables.hpp"

#include <cocql/codec.hpp>
#include <cocql/data_type.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>
#include <cocql/value.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <vector>

namespace cocql::bench {

namespace {

using kind = data_type::kind;

/// The columns of the system tables by name; none has two types in two tables.
const std::map<std::string_view, data_type>& types() {
    static const std::map<std::string_view, data_type> all{
        {"key", kind::text},
        {"bootstrapped", kind::text},
        {"broadcast_address", kind::inet},
        {"broadcast_port", kind::int_},
        {"cluster_name", kind::text},
        {"cql_version", kind::text},
        {"data_center", kind::text},
        {"host_id", kind::uuid},
        {"listen_address", kind::inet},
        {"listen_port", kind::int_},
        {"native_protocol_version", kind::text},
        {"partitioner", kind::text},
        {"rack", kind::text},
        {"release_version", kind::text},
        {"rpc_address", kind::inet},
        {"rpc_port", kind::int_},
        {"schema_version", kind::uuid},
        {"tokens", data_type::set(kind::text)},
        // of system.peers and peers_v2
        {"peer", kind::inet},
        {"peer_port", kind::int_},
        {"preferred_ip", kind::inet},
        {"native_address", kind::inet},
        {"native_port", kind::int_},
        // of system_schema
        {"keyspace_name", kind::text},
        {"durable_writes", kind::boolean},
        {"replication", data_type::map(kind::text, kind::text)},
        {"table_name", kind::text},
        {"view_name", kind::text},
        {"base_table_name", kind::text},
        {"column_name", kind::text},
        {"clustering_order", kind::text},
        {"column_name_bytes", kind::blob},
        {"kind", kind::text},
        {"position", kind::int_},
        {"type", kind::text},
        {"type_name", kind::text},
        {"field_names", data_type::list(kind::text)},
        {"field_types", data_type::list(kind::text)},
        {"id", kind::uuid},
        {"index_name", kind::text},
        {"options", data_type::map(kind::text, kind::text)},
        {"function_name", kind::text},
        {"aggregate_name", kind::text},
        {"argument_types", data_type::list(kind::text)},
        {"argument_names", data_type::list(kind::text)},
        {"trigger_name", kind::text},
        {"partitioner_name", kind::text},
    };
    return all;
}

constexpr std::string_view of_local[] = {
    "key",          "bootstrapped",   "broadcast_address",
    "cluster_name", "cql_version",    "data_center",
    "host_id",      "listen_address", "native_protocol_version",
    "partitioner",  "rack",           "release_version",
    "rpc_address",  "rpc_port",       "schema_version",
    "tokens"};

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto view = std::as_bytes(std::span(text.data(), text.size()));
    return {view.begin(), view.end()};
}

std::optional<std::vector<std::byte>>
cell_of_local(std::string_view name, const std::string& address, std::uint16_t port) {
    const auto owned = [](std::span<const std::byte> bytes) {
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    if (name == "key")
        return bytes_of("local");
    if (name == "bootstrapped")
        return bytes_of("COMPLETED");
    if (name == "cluster_name")
        return bytes_of("bench");
    if (name == "cql_version")
        return bytes_of("3.4.5");
    if (name == "data_center")
        return bytes_of("datacenter1");
    if (name == "rack")
        return bytes_of("rack1");
    if (name == "native_protocol_version")
        return bytes_of("4");
    if (name == "partitioner")
        return bytes_of("org.apache.cassandra.dht.Murmur3Partitioner");
    if (name == "release_version")
        return bytes_of("3.11.19");
    if (name == "host_id")
        return owned(uuid::parse("6b1f2a0e-1c7d-4f53-9a2b-0d3e4f5a6b7c")->bytes);
    if (name == "schema_version")
        return owned(uuid::parse("59adb24e-f3cd-3e02-97f0-5b395827453f")->bytes);
    if (name == "broadcast_address" || name == "listen_address" || name == "rpc_address")
        return owned(inet_address::parse(address).value().bytes());
    if (name == "rpc_port") {
        return std::vector{std::byte{0}, std::byte{0}, static_cast<std::byte>(port >> 8),
                           static_cast<std::byte>(port & 0xff)};
    }
    if (name == "tokens") {
        // One element: the lowest token.
        auto cell = std::vector{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1},
                                std::byte{0}, std::byte{0}, std::byte{0}, std::byte{20}};
        const auto token = bytes_of("-9223372036854775808");
        cell.insert(cell.end(), token.begin(), token.end());
        return cell;
    }
    return std::nullopt;
}

constexpr std::string_view of_keyspaces[] = {"keyspace_name", "durable_writes", "replication"};

/// Of the one keyspace that is measured: with it in the schema clients that can route do.
std::optional<std::vector<std::byte>> cell_of_keyspaces(std::string_view name) {
    std::vector<std::byte> cell;
    if (name == "keyspace_name")
        return bytes_of("bench");
    if (name == "durable_writes")
        return std::vector{std::byte{1}};
    if (name == "replication") {
        const value replication(
            value::mapping{{value("class"), value("org.apache.cassandra.locator.SimpleStrategy")},
                           {value("replication_factor"), value("1")}});
        encode(types().at("replication"), replication, cell).value();
        return cell;
    }
    return std::nullopt;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return out;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char letter : text) {
        if (letter != ',' && std::isspace(static_cast<unsigned char>(letter)) == 0)
            words.back() += letter;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty())
        words.pop_back();
    return words;
}

} // namespace

message::rows_result system_rows(std::string_view cql, const std::string& address,
                                 std::uint16_t port, message::cell_writer& cells) {
    const auto text = lower(cql);
    const auto words = words_of(text);
    const auto from = std::find(words.begin(), words.end(), "from");
    const auto table = from == words.end() || from + 1 == words.end() ? std::string() : from[1];
    const auto name_at = table.find('.');
    const auto keyspace = table.substr(0, name_at);
    const auto name = name_at == table.npos ? std::string() : table.substr(name_at + 1);
    std::vector<std::string> wanted;
    if (words.size() > 2 && words[0] == "select" && from != words.end())
        wanted.assign(words.begin() + 1, from);
    const bool is_keyspaces = table == "system_schema.keyspaces";
    if (wanted == std::vector<std::string>{"*"}) {
        if (is_keyspaces)
            wanted.assign(std::begin(of_keyspaces), std::end(of_keyspaces));
        else
            wanted.assign(std::begin(of_local), std::end(of_local));
    }
    message::rows_result made;
    for (const auto& each : wanted) {
        const auto known = types().find(each);
        made.metadata.columns.push_back(
            {keyspace, name, each, known == types().end() ? kind::text : known->second});
    }
    made.metadata.column_count = made.metadata.columns.size();
    if (table == "system.local" || is_keyspaces) {
        made.row_count = 1;
        for (const auto& each : wanted) {
            const auto cell =
                is_keyspaces ? cell_of_keyspaces(each) : cell_of_local(each, address, port);
            if (cell)
                cells.add(std::span<const std::byte>(*cell));
            else
                cells.add(std::nullopt);
        }
    }
    made.cells = cells.cells();
    return made;
}

} // namespace cocql::bench
