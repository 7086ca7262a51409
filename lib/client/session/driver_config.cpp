#include "client/session/driver_config.hpp"

#include "client/control/system_tables.hpp"
#include "client/session/json_writer.hpp"

#include <cocql/consistency.hpp>
#include <cocql/statement_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace cocql::client {

namespace {

using duration = connection_options::duration;

/// More stream ids there are not.
constexpr std::size_t most_in_flight = 32768;

/// Whole milliseconds, not fewer than there are. Nothing where there are none, which the schema has
/// no room for.
void add_milliseconds(json_writer& out, const char* key, std::optional<duration> time) {
    if (!time || *time <= duration::zero())
        return;
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(*time);
    out.member(key, static_cast<std::int64_t>(whole.count()));
}

void add_preference(json_writer& out, const std::string& datacenter, const std::string& rack) {
    if (datacenter.empty())
        return;
    const json_writer::object preference(out, "node-preference");
    out.member("type", rack.empty() ? "dc" : "rack");
    out.member("local-dc", datacenter);
    if (!rack.empty())
        out.member("local-rack", rack);
}

void add_connection(json_writer& out, const options& how, const pool_settings& pool) {
    const auto& each = how.connection();
    const json_writer::object connection(out, "connection");
    {
        const json_writer::object connect(out, "connect");
        add_milliseconds(out, "timeout-ms", each.connect_timeout());
    }
    {
        const json_writer::object requests(out, "requests");
        {
            const auto most = std::clamp(each.max_in_flight(), std::size_t{1}, most_in_flight);
            const json_writer::object in_flight(out, "in-flight");
            out.member("max", static_cast<std::int64_t>(most));
        }
        const auto most = std::min(each.orphan_count_limit(), most_in_flight);
        const json_writer::object orphaned(out, "orphaned");
        out.member("max", static_cast<std::int64_t>(most));
    }
    {
        const json_writer::object of_pool(out, "pool");
        const json_writer::object shard_aware(out, "shard-aware");
        out.member("enabled", pool.chooses_shards);
    }
    {
        // As io::connect() makes them: an address is used again where its port chooses a shard.
        const json_writer::object socket(out, "socket");
        out.member("tcp-no-delay", true);
        out.member("keep-alive", true);
        out.member("reuse-address", pool.chooses_shards);
    }
    {
        const json_writer::object reconnection(out, "reconnection");
        const json_writer::object policy(out, "policy");
        out.member("type", "exponential");
        add_milliseconds(out, "base-ms", pool.rests.first());
        add_milliseconds(out, "max-ms", pool.rests.most());
    }
    if (const auto& tls = each.tls_settings()) {
        const json_writer::object of_tls(out, "tls");
        out.member("hostname-verification", tls->verify() == tls_verify::full);
    }
    if (!how.remote_hosts())
        add_preference(out, how.local_datacenter(), "");
}

void add_control_plane(json_writer& out, const control_settings& control) {
    const json_writer::object plane(out, "control-plane");
    {
        const json_writer::object queries(out, "queries");
        const json_writer::object system(out, "system");
        const json_writer::object timeout(out, "timeout");
        add_milliseconds(out, "client-side-ms", control.patience + system_tables::grace);
        add_milliseconds(out, "server-side-ms", control.patience);
    }
    const json_writer::object schema(out, "schema");
    const json_writer::object agreement(out, "agreement");
    out.member("timeout-ms", std::int64_t{0}); // it is not waited for
}

void add_query(json_writer& out, const options& how) {
    const statement_options each;
    const json_writer::object query(out, "query");
    {
        const json_writer::object defaults(out, "defaults");
        if (each.page_size()) {
            const json_writer::object page(out, "page");
            out.member("size", std::int64_t{*each.page_size()});
        }
        out.member("consistency", to_string(each.consistency()));
        if (each.serial_consistency())
            out.member("serial-consistency", to_string(*each.serial_consistency()));
        out.member("idempotence", false);
        out.member("client-timestamps", each.timestamp().has_value());
        const json_writer::object request(out, "request");
        add_milliseconds(out, "timeout-ms", how.connection().request_timeout());
    }
    {
        // Only what could not be sent goes to another node.
        const json_writer::object retry(out, "retry");
        const json_writer::object policy(out, "policy");
        out.member("type", "never");
    }
    const json_writer::object balancing(out, "load-balancing");
    {
        const json_writer::object policy(out, "policy");
        out.member("type", "token-aware");
        out.member("load-distribution", "shuffle");
        out.member("fallback-to-non-preferred-nodes", how.remote_hosts());
    }
    add_preference(out, how.local_datacenter(), how.local_rack());
}

} // namespace

std::string driver_config(const options& how, const control_settings& control,
                          const pool_settings& pool) {
    json_writer out;
    {
        const json_writer::object all(out);
        out.member("version", std::int64_t{1});
        add_connection(out, how, pool);
        add_control_plane(out, control);
        add_query(out, how);
    }
    return out.take();
}

} // namespace cocql::client
