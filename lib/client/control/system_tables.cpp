#include "client/control/system_tables.hpp"

#include "client/control/together.hpp"
#include "core/metadata/read_functions.hpp"
#include "core/metadata/read_hosts.hpp"
#include "core/metadata/read_keyspaces.hpp"
#include "core/metadata/read_tables.hpp"
#include "core/metadata/read_user_types.hpp"

#include <cocql/as_result.hpp>
#include <cocql/inet_address.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// ScyllaDB of any version has some of these, also where no port of it tells of shards.
bool is_of_scylla(const connection& node) {
    return std::ranges::any_of(node.supported(), [](const auto& offered) {
        const std::string_view key = offered.first;
        return key.starts_with("SCYLLA_") || key.starts_with("TABLETS_");
    });
}

/// A table or a column that servers of another kind or version have.
bool is_not_there(const error& why) {
    const auto* const said = why.server();
    return said != nullptr && said->code == server_error_code::invalid;
}

/// Cassandra tells one port for each node, the plain one where TLS has another (5.0.6,
/// native_transport_port_ssl). Where this node was reached by another port than it tells, so are
/// those that tell the same.
void use_reached_port(metadata::host& self, std::vector<metadata::host>& others,
                      std::uint16_t reached) {
    const auto told = std::exchange(self.port, reached);
    for (auto& each : others)
        if (each.port == told)
            each.port = reached;
}

error endless() {
    return error(errc::protocol_error, "a page of a system table says that it follows itself");
}

} // namespace

struct system_tables::question {
    enum class absence { is_an_error, is_no_rows };

    question(std::string text, absence missing = absence::is_an_error)
        : cql(std::move(text)), if_absent(missing) {}

    std::string cql;
    absence if_absent;
    result<pages> rows;
};

system_tables::system_tables(connection node, std::chrono::milliseconds patience, bool told_only,
                             extent of)
    : node_(std::move(node)),
      patience_(patience),
      told_only_(told_only),
      extent_(of),
      is_scylla_(is_of_scylla(node_)),
      has_peers_v2_(!is_scylla_) {}

// --- reading one table

asio::awaitable<result<prepared_statement>> system_tables::prepared(const std::string& cql) {
    if (const auto known = statements_.find(cql); known != statements_.end())
        co_return known->second;
    auto text = cql;
    if (is_scylla_)
        text += " USING TIMEOUT " + std::to_string(patience_.count()) + "ms";
    statement_options options;
    options.timeout(patience_ + grace);
    auto asked = node_.prepare(std::move(text), std::move(options));
    auto statement = co_await as_result(std::move(asked));
    if (statement)
        statements_.insert_or_assign(cql, *statement);
    co_return statement;
}

asio::awaitable<result<system_tables::pages>> system_tables::read(const std::string& cql) {
    pages all;
    const std::function<bool(page)> take = [&all](page next) {
        all.add(std::move(next));
        return true;
    };
    const auto done = co_await read_pages(cql, take);
    if (!done)
        co_return done.error();
    co_return all;
}

asio::awaitable<result<void>> system_tables::read_pages(const std::string& cql,
                                                        const std::function<bool(page)>& take) {
    const auto statement = co_await prepared(cql);
    if (!statement)
        co_return statement.error();
    std::vector<std::byte> state;
    bool more = true;
    do {
        statement_options options;
        options.consistency(consistency::one).timeout(patience_ + grace).paging_state(state);
        auto asked = node_.execute(*statement, std::move(options));
        auto page = co_await as_result(std::move(asked));
        if (!page)
            co_return page.error();
        const auto next = page->paging_state();
        if (!next.empty() && std::ranges::equal(next, state))
            co_return endless();
        state.assign(next.begin(), next.end());
        more = take(std::move(*page));
    } while (more && !state.empty());
    co_return result<void>();
}

asio::awaitable<void> system_tables::answer(question& asked) {
    asked.rows = co_await read(asked.cql);
    if (!asked.rows && asked.if_absent == question::absence::is_no_rows &&
        is_not_there(asked.rows.error()))
        asked.rows = pages();
}

asio::awaitable<result<void>> system_tables::answer_all(std::vector<question>& asked) {
    std::vector<asio::awaitable<void>> work;
    for (auto& each : asked)
        work.push_back(answer(each));
    co_await together(std::move(work));
    for (const auto& each : asked)
        if (!each.rows)
            co_return each.rows.error();
    co_return result<void>();
}

// --- the nodes

asio::awaitable<result<system_tables::topology>> system_tables::read_topology() {
    // Of a node that has the table system.peers has no ports, and is otherwise the same.
    std::vector<question> asked;
    asked.emplace_back("SELECT * FROM system.local WHERE key = 'local'");
    if (!is_alone())
        asked.emplace_back(has_peers_v2_ ? "SELECT * FROM system.peers_v2"
                                         : "SELECT * FROM system.peers");
    auto answered = co_await answer_all(asked);
    if (!answered && has_peers_v2_ && !is_alone() && asked[0].rows &&
        is_not_there(asked[1].rows.error())) {
        has_peers_v2_ = false;
        asked[1] = question("SELECT * FROM system.peers");
        co_await answer(asked[1]);
        if (asked[1].rows)
            answered = result<void>();
        else
            answered = asked[1].rows.error();
    }
    if (!answered)
        co_return answered.error();
    const auto told = endpoint::parse(node_.peer().address);
    const auto& reached = told ? *told : node_.where();
    const auto address = told_only_ ? std::nullopt : inet_address::parse(reached.host());
    const auto port = told_only_ ? endpoint::default_port : reached.port();
    auto local = metadata::read_local(*asked[0].rows, address, port);
    if (!local)
        co_return local.error();
    // There is a way to it, whatever others have to do with the address that it tells.
    if (extent_ == extent::itself && address)
        local->self.address = *address;
    metadata::peer_nodes peers;
    if (!is_alone())
        peers = metadata::read_peers(*asked[1].rows, port);
    if (!told_only_)
        use_reached_port(local->self, peers.hosts, port);
    topology found;
    found.self = local->self.id;
    found.hosts = std::make_shared<const metadata::topology_snapshot>(std::move(*local),
                                                                      std::move(peers.hosts));
    found.skipped = std::move(peers.skipped);
    co_return found;
}

// --- the schema

asio::awaitable<result<system_tables::schema>> system_tables::read_schema() {
    const std::string from = "SELECT * FROM system_schema.";
    enum { keyspaces, types, tables, views, columns, indexes, functions, aggregates, of_scylla };
    std::vector<question> asked;
    for (const auto* const table :
         {"keyspaces", "types", "tables", "views", "columns", "indexes", "functions", "aggregates"})
        asked.emplace_back(from + table);
    if (is_scylla_)
        for (const auto* const table : {"scylla_keyspaces", "scylla_tables"})
            asked.emplace_back(from + table, question::absence::is_no_rows);
    auto answered = co_await answer_all(asked);
    if (!answered)
        co_return answered.error();
    auto all = std::make_shared<metadata::schema_snapshot>();
    metadata::add_keyspaces(*asked[keyspaces].rows, all->keyspaces);
    if (is_scylla_) {
        metadata::add_scylla_keyspaces(*asked[of_scylla].rows, all->keyspaces);
        metadata::add_scylla_tables(*asked[of_scylla + 1].rows, all->keyspaces);
    }
    auto known = metadata::read_user_types(*asked[types].rows);
    all->types = std::move(known.keyspaces);
    metadata::add_tables(*asked[tables].rows, all->tables);
    metadata::add_views(*asked[views].rows, all->tables);
    metadata::add_columns(*asked[columns].rows, all->types, all->tables);
    metadata::add_indexes(*asked[indexes].rows, all->tables);
    metadata::add_functions(*asked[functions].rows, all->types, all->functions);
    metadata::add_aggregates(*asked[aggregates].rows, all->types, all->aggregates);
    schema found;
    found.all = std::move(all);
    found.skipped = std::move(known.skipped);
    co_return found;
}

// --- the tablets

asio::awaitable<result<metadata::tablets_read>> system_tables::read_tablets() {
    metadata::tablet_reader reader(most_tablets);
    if (!is_scylla_)
        co_return reader.finish();
    const std::string cql = "SELECT * FROM system.tablets";
    const std::function<bool(page)> take = [&reader](page next) { return reader.add(next); };
    const auto done = co_await read_pages(cql, take);
    if (!done)
        co_return done.error();
    co_return reader.finish();
}

} // namespace cocql::client
