#include "core/message/use_statement.hpp"
#include "core/routing/partitioner.hpp"
#include "core/routing/sharding.hpp"
#include "core/routing/token.hpp"
#include "testing/memory_world.hpp"
#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>

namespace cocql::testing {

namespace {

/// Their numbers are one byte of their addresses and of their ids.
constexpr int most_nodes = 255;

/// Of ScyllaDB. In memory it is free, most likely.
constexpr std::uint16_t usual_shard_aware_port = 19042;

} // namespace

scripted_cluster::scripted_cluster(boost::asio::io_context& context, cluster_settings settings)
    : shards(settings.shards),
      ring_size(settings.size),
      context_(context),
      settings_(std::move(settings)),
      world_(settings_.in_memory ? memory_world::of(context, settings_.seed) : nullptr) {
    if (settings_.size < 1 || settings_.size > most_nodes || settings_.racks < 1)
        throw std::invalid_argument(
            "a cluster has a node and a rack at least, and 255 nodes at most");
    if (settings_.in_memory && settings_.tls)
        throw std::invalid_argument("there is no TLS in memory");
    const int most_attempts = settings_.port == 0 ? 10 : 1;
    const auto wanted = settings_;
    for (int attempt = 1; nodes.empty(); ++attempt)
        try {
            port = wanted.port;
            while (size() < wanted.size)
                add();
        } catch (const boost::system::system_error&) {
            // What is free at the first address need not be so at all of them.
            if (attempt == most_attempts)
                throw;
            nodes.clear();
            by_source.clear();
            tables.clear();
            settings_ = wanted;
        }
    know_all();
    have_keyspace(1);
}

scripted_cluster::~scripted_cluster() = default;

void scripted_cluster::add() {
    const int number = size() + 1;
    if (number > most_nodes)
        throw std::invalid_argument("a cluster has 255 nodes at most");
    auto& known = tables.emplace_back(like());
    try {
        listen(number, known);
    } catch (...) {
        if (by_source.size() > nodes.size())
            by_source.pop_back();
        tables.pop_back();
        throw;
    }
}

void scripted_cluster::listen(int number, cluster_tables& known) {
    auto made = known.options("127.0.0." + std::to_string(number));
    made.port = port;
    made.prepared_statements = std::make_shared<std::map<std::string, std::string>>();
    made.parameters = [&known](const std::string& cql) {
        return cluster_tables::asks_system(cql) ? known.markers_of(cql) : parameters_of(cql);
    };
    made.prepared_columns_of = [&known](const std::string& cql) -> std::vector<column> {
        return cluster_tables::asks_system(cql) ? known.columns_of(cql) : columns_of(cql);
    };
    made.partition_key = [](const std::string& cql) {
        return is_of_one_partition(cql) ? std::vector<std::uint16_t>{0}
                                        : std::vector<std::uint16_t>{};
    };
    made.answer_request = [this, number,
                           &known](const node_request& request) -> std::optional<node_reply> {
        if (cluster_tables::asks_system(request.cql)) {
            if (cluster_tables::table_of(request.cql) == "system.tablets")
                know_tablets(known);
            return known.answer(request);
        }
        if (request.cql.starts_with("DESCRIBE KEYSPACE app"))
            return description();
        if (request.cql == connected_cql)
            return rows_of(columns_of(connected_cql), {{value(connected_shards())}});
        std::string key;
        if (!request.values.empty() && request.values[0])
            for (const auto each : *request.values[0])
                key += static_cast<char>(each);
        const bool astray = !key.empty() && !is_replica(key, number, request.shard);
        auto& asked = requests.emplace_back();
        asked.node = number;
        asked.shard = request.shard;
        asked.cql = request.cql;
        asked.key = std::move(key);
        asked.astray = astray;
        asked.version_block = request.version_block;
        asked.keyspace = request.keyspace;
        if (answer)
            if (auto reply = answer(number, request))
                return reply;
        if (message::is_use_statement(request.cql))
            return std::nullopt;
        return of_table(number, request);
    };
    if (shards != 0) {
        made.shard = [this](std::uint16_t) { return turn_++ % shards; };
        auto chosen = made;
        chosen.port = settings_.shard_aware_port;
        if (world_ != nullptr && chosen.port == 0)
            chosen.port = world_->network.free_port(chosen.address, usual_shard_aware_port);
        chosen.shard = [this](std::uint16_t from) { return from % shards; };
        offer(chosen, number, settings_.shard_aware_port);
        by_source.push_back(make_node(with_tls(chosen, number)));
        settings_.shard_aware_port = by_source.back()->port();
        offer(by_source.back()->options(), number, settings_.shard_aware_port);
        offer(made, number, settings_.shard_aware_port);
    }
    nodes.push_back(make_node(with_tls(made, number)));
    port = nodes.back()->port();
}

bool scripted_cluster::is_of_one_partition(const std::string& cql) {
    return cql.find("k = ?") != cql.npos || cql.find("(k, v)") != cql.npos;
}

std::vector<column> scripted_cluster::columns_of(const std::string& cql) {
    if (cql == find_cql)
        return {{"app", "t", "v", data_type::kind::text}};
    if (cql == connected_cql)
        return {{"app", "shards", "connected", data_type::kind::int_}};
    return {};
}

node_reply scripted_cluster::description() const {
    using enum data_type::kind;
    std::vector<column> columns;
    for (const auto* name : {"keyspace_name", "type", "name", "create_statement"})
        columns.push_back({"", "", name, text});
    const std::string replication = "'class': 'org.apache.cassandra.locator." + strategy_ + "', '" +
                                    factor_ + "': '" + std::to_string(replicas_) + "'";
    const std::string keyspace = "CREATE KEYSPACE app WITH replication = {" + replication +
                                 "} AND durable_writes = true AND tablets = {'enabled': " +
                                 (tablets != 0 ? "true" : "false") + "};";
    return rows_of(columns, {{value("app"), value("keyspace"), value("app"), value(keyspace)},
                             {value("app"), value("table"), value("t"),
                              value("CREATE TABLE app.t (k text, v text, PRIMARY KEY (k));")}});
}

node_reply scripted_cluster::of_table(int number, const node_request& request) const {
    if (request.cql == put_cql) // RESULT/Void
        return {opcode::result, {std::byte{}, std::byte{}, std::byte{}, std::byte{1}}};
    const auto& key = requests.back().key;
    return rows_of({{"app", "t", "v", data_type::kind::text}},
                   {{value(value_of       ? value_of(key)
                           : tablets != 0 ? "found"
                                          : std::to_string(number))}});
}

std::vector<column> scripted_cluster::parameters_of(const std::string& cql) {
    const auto text = data_type::kind::text;
    if (cql == find_cql)
        return {{"app", "t", "k", text}};
    if (cql == put_cql)
        return {{"app", "t", "k", text}, {"app", "t", "v", text}};
    std::vector<column> markers;
    for (const auto c : cql)
        if (c == '?')
            markers.push_back({"app", "t", "k" + std::to_string(markers.size()), text});
    return markers;
}

void scripted_cluster::offer(node_options& made, int number, std::uint16_t to) const {
    made.offers["SCYLLA_NR_SHARDS"] = {std::to_string(shards)};
    made.offers["SCYLLA_HOST_ID"] = {id_of(number).to_string()};
    const std::string name = "SCYLLA_SHARD_AWARE_PORT";
    made.offers[name] = made.offers[name + "_SSL"] = {};
    if (to != 0)
        made.offers[name + (settings_.tls ? "_SSL" : "")] = {std::to_string(to)};
}

/// Both ports of a node take its tickets, and no other node does: one that is shown there leads to
/// a full handshake.
node_options scripted_cluster::with_tls(node_options made, int number) const {
    made.tls = settings_.tls;
    if (made.tls)
        made.tls->ticket_key = std::string(80, static_cast<char>('a' + number));
    return made;
}

manners scripted_cluster::like() const noexcept {
    return shards == 0 ? manners::cassandra : manners::scylla;
}

std::vector<scripted_node*> scripted_cluster::ports_of(int number) {
    std::vector<scripted_node*> ports{&node(number)};
    if (!by_source.empty())
        ports.push_back(by_source.at(index_of(number)).get());
    return ports;
}

void scripted_cluster::stop(int number) {
    for (auto* const each : ports_of(number))
        each->stop();
}

void scripted_cluster::start(int number) {
    const auto knows_nothing = std::make_shared<std::map<std::string, std::string>>();
    for (auto* const all : {&by_source, &nodes})
        if (!all->empty()) {
            auto& started = all->at(index_of(number));
            started->stop();
            auto options = started->options();
            options.port = started->port();
            options.prepared_statements = knows_nothing;
            started = make_node(std::move(options));
        }
}

void scripted_cluster::pause(int number) {
    for (auto* const each : ports_of(number))
        each->pause();
}

void scripted_cluster::resume(int number) {
    for (auto* const each : ports_of(number))
        each->resume();
}

void scripted_cluster::slow(int number, std::chrono::milliseconds by) {
    for (auto* const each : ports_of(number))
        each->options().delay = [by](const std::string&) { return by; };
}

void scripted_cluster::know_all() {
    const auto whose_place = [this](int node) {
        const auto other = places.find(node);
        return other == places.end() ? node : other->second;
    };
    for (int self = 1; self <= size(); ++self) {
        std::vector<int> others;
        for (int i = 1; i <= size(); ++i)
            if (i != self && !gone.contains(i))
                others.push_back(i);
        tables_of(whose_place(self))
            .have_nodes(
                self, others, port, "test cluster", ring_tokens,
                [this](int node) { return "r" + std::to_string((node - 1) % settings_.racks + 1); },
                whose_place);
    }
}

void scripted_cluster::swap_places(int one, int other) {
    places[one] = other;
    places[other] = one;
    for (const auto& [node, place] : places)
        for (auto* const each : {&nodes, &by_source})
            if (!each->empty())
                (*each)[static_cast<std::size_t>(place - 1)]->options().offers["SCYLLA_HOST_ID"] = {
                    id_of(node).to_string()};
    know_all();
}

void scripted_cluster::have_keyspace(int replicas, bool by_data_center) {
    replicas_ = replicas;
    strategy_ = by_data_center ? "NetworkTopologyStrategy" : "SimpleStrategy";
    factor_ = by_data_center ? "dc1" : "replication_factor";
    const value replication(
        value::mapping{{value("class"), value("org.apache.cassandra.locator." + strategy_)},
                       {value(factor_), value(std::to_string(replicas_))}});
    for (auto& each : tables)
        each.have_rows(
            "system_schema.keyspaces",
            {{{"keyspace_name", "app"}, {"durable_writes", true}, {"replication", replication}}});
}

void scripted_cluster::have_tablets(int count, const std::string& consistency) {
    for (auto& each : tables) {
        each.have_rows(
            "system_schema.scylla_keyspaces",
            {{{"keyspace_name", "app"}, {"initial_tablets", count}, {"consistency", consistency}}});
    }
    tablets = count;
    for (auto& each : tables)
        each.put("system.tablets", scylla_tablets_table());
    have_table(1);
    answer = [this](int number, const node_request& request) -> std::optional<node_reply> {
        const auto reply = of_table(number, request);
        if (request.values.empty() || !is_of_one_partition(request.cql))
            return reply;
        const auto& asked = requests.back();
        const auto which = tablet_of(asked.key);
        if (request.version_block) {
            if (is_of_version(*request.version_block, which))
                return reply;
            ++told;
            return with_payload(reply, {{"tablets-routing-v2", payload_of(which, true)}});
        }
        if (!request.wants_tablets || !asked.astray)
            return reply;
        ++told;
        return with_payload(reply, {{"tablets-routing-v1", payload_of(which)}});
    };
}

void scripted_cluster::offer_tablet_versions(const std::string& name) {
    for (auto* const each : {&nodes, &by_source})
        for (const auto& node : *each)
            node->options().offers[name] = {""};
}

std::uint64_t scripted_cluster::version_of(int tablet) const {
    std::uint64_t version = 0;
    for (int block = 15; block >= 0; --block)
        version = version << 4 | static_cast<unsigned>(1 + (block + tablet + moved + led) % 15);
    return version;
}

bool scripted_cluster::is_of_version(std::uint8_t block, int tablet) const {
    return (version_of(tablet) >> 4 * (block >> 4) & 0xf) == (block & 0xfu);
}

void scripted_cluster::have_table(int id) {
    table_ = id;
    for (auto& each : tables) {
        const std::map<std::string, value> names{{"keyspace_name", "app"}, {"table_name", "t"}};
        auto one = scylla_table_defaults();
        one.insert(names.begin(), names.end());
        one.emplace("id", id_of(id));
        each.have_rows("system_schema.tables", {one});
        each.have_rows("system_schema.columns",
                       {row_of_column("app", "t", "k", "partition_key", 0, "text"),
                        row_of_column("app", "t", "v", "regular", -1, "text")});
        if (like() == manners::scylla)
            each.have_rows("system_schema.scylla_tables", {names});
    }
}

std::pair<std::int64_t, std::int64_t> scripted_cluster::stretch_of(int tablet) const {
    return {place(tablet, tablets), tablet == tablets - 1 ? std::numeric_limits<std::int64_t>::max()
                                                          : place(tablet + 1, tablets)};
}

int scripted_cluster::tablet_of(const std::string& key) const {
    const auto token = token_of(key);
    for (int i = 0;; ++i)
        if (const auto [after, last] = stretch_of(i); token > after && token <= last)
            return i;
}

value::sequence scripted_cluster::replicas_of_tablet(int tablet) const {
    value::sequence replicas;
    for (int i = 0; i < replicas_; ++i)
        replicas.emplace_back(value::sequence{value(id_of(node_of_tablet(tablet, i))),
                                              value(static_cast<int>(shard_of_tablet(tablet, i)))});
    return replicas;
}

void scripted_cluster::know_tablets(cluster_tables& whose) const {
    if (!whose.has("system.tablets"))
        return;
    std::vector<std::map<std::string, value>> rows;
    for (int i = 0; i < tablets; ++i)
        rows.push_back({{"table_id", id_of(table_)},
                        {"last_token", value(stretch_of(i).second)},
                        {"keyspace_name", "app"},
                        {"table_name", "t"},
                        {"tablet_count", tablets},
                        {"resize_type", "none"},
                        {"resize_seq_number", value(std::int64_t{0})},
                        {"replicas", value(replicas_of_tablet(i))}});
    whose.have_rows("system.tablets", rows);
}

std::vector<std::byte> scripted_cluster::payload_of(int tablet, bool with_version) const {
    using enum data_type::kind;
    const auto replica = data_type::tuple({data_type::kind::uuid, int_});
    std::vector<data_type> parts{bigint, bigint, data_type::list(replica)};
    const auto [after, last] = stretch_of(tablet);
    value::sequence told{value(after), value(last), value(replicas_of_tablet(tablet))};
    if (with_version) {
        parts.emplace_back(bigint);
        told.emplace_back(static_cast<std::int64_t>(version_of(tablet)));
    }
    std::vector<std::byte> bytes;
    encode(data_type::tuple(std::move(parts)), value(std::move(told)), bytes).value();
    return bytes;
}

void scripted_cluster::tell_all(const event& happened) {
    for (const auto& each : nodes)
        each->tell(happened);
}

std::vector<std::string> scripted_cluster::tokens(int number) const {
    std::vector<std::string> all;
    for (const auto each : token_numbers(number))
        all.push_back(std::to_string(each));
    return all;
}

std::vector<std::int64_t> scripted_cluster::token_numbers(int number) const {
    const auto parts = 16 * ring_size;
    std::vector<std::int64_t> all;
    for (int i = number - 1; i < parts; i += ring_size)
        all.push_back(place(i + 1, parts));
    return all;
}

std::int64_t scripted_cluster::place(int part, int of_all) {
    const auto step = std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(of_all);
    const auto from_least = step * static_cast<unsigned>(part);
    return static_cast<std::int64_t>(from_least ^ std::uint64_t{1} << 63);
}

std::int64_t scripted_cluster::token_of(const std::string& key) const {
    const auto cell = std::as_bytes(std::span(key));
    return routing::token_of(routing::partitioner::murmur3, std::span(&cell, 1)).value();
}

std::vector<int> scripted_cluster::owners_of(const std::string& key) const {
    std::map<std::int64_t, int> ring;
    for (int i = 1; i <= size(); ++i)
        for (const auto each : token_numbers(i))
            ring[each] = i;
    std::vector<int> owners;
    auto next = ring.lower_bound(token_of(key));
    for (std::size_t i = 0; i < ring.size(); ++i, ++next) {
        if (next == ring.end())
            next = ring.begin();
        if (static_cast<int>(owners.size()) < replicas_ &&
            std::ranges::find(owners, next->second) == owners.end())
            owners.push_back(next->second);
    }
    return owners;
}

std::uint32_t scripted_cluster::owning_shard_of(const std::string& key) const {
    constexpr unsigned ignored_bits = 12; // as node_session offers it
    return routing::sharding(shards, ignored_bits).shard_of(routing::token(token_of(key)));
}

bool scripted_cluster::is_replica(const std::string& key, int node, std::uint32_t shard) const {
    if (tablets != 0) {
        const auto which = tablet_of(key);
        for (int i = 0; i < replicas_; ++i)
            if (node == node_of_tablet(which, i) && shard == shard_of_tablet(which, i))
                return true;
        return false;
    }
    const auto owners = owners_of(key);
    return std::ranges::find(owners, node) != owners.end() &&
           (shards == 0 || shard == owning_shard_of(key));
}

int scripted_cluster::connected_shards() const {
    std::set<std::pair<std::size_t, std::uint32_t>> all;
    for (const auto* each : {&nodes, &by_source})
        for (std::size_t i = 0; i < each->size(); ++i)
            for (const auto shard : (*each)[i]->shards_of_connections())
                all.emplace(i, shard);
    return static_cast<int>(all.size());
}

std::set<int> scripted_cluster::nodes_asked() const {
    std::set<int> all;
    for (const auto& each : requests)
        all.insert(each.node);
    return all;
}

} // namespace cocql::testing
