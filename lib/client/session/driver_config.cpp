#include "client/session/driver_config.hpp"

#include "client/control/system_tables.hpp"

#include <cocql/consistency.hpp>
#include <cocql/execution_profile.hpp>
#include <cocql/statement_options.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace cocql::client {

namespace {

using json = nlohmann::ordered_json;
using duration = connection_options::duration;

/// More stream ids there are not.
constexpr std::size_t most_in_flight = 32768;

/// Adds whole milliseconds, not fewer than there are. Nothing where there are none, which the
/// schema has no room for.
void add_milliseconds(json& to, const char* key, std::optional<duration> time) {
    if (time && *time > duration::zero())
        to[key] = std::chrono::ceil<std::chrono::milliseconds>(*time).count();
}

void add_preference(json& to, const std::string& datacenter, const std::string& rack) {
    if (datacenter.empty())
        return;
    auto& preference = to["node-preference"];
    preference["type"] = rack.empty() ? "dc" : "rack";
    preference["local-dc"] = datacenter;
    if (!rack.empty())
        preference["local-rack"] = rack;
}

json connection_of(const options& how, const pool_settings& pool) {
    const auto& each = how.connection();
    json all;
    all["connect"] = json::object();
    add_milliseconds(all["connect"], "timeout-ms", each.connect_timeout());
    all["requests"]["in-flight"]["max"] =
        std::clamp(each.max_in_flight(), std::size_t{1}, most_in_flight);
    all["requests"]["orphaned"]["max"] = std::min(each.orphan_count_limit(), most_in_flight);
    all["pool"]["shard-aware"]["enabled"] = pool.chooses_shards;
    // As io::connect() makes them: an address is used again where its port chooses a shard.
    auto& socket = all["socket"];
    socket["tcp-no-delay"] = true;
    socket["keep-alive"] = true;
    socket["reuse-address"] = pool.chooses_shards;
    auto& reconnection = all["reconnection"]["policy"];
    reconnection["type"] = "exponential";
    add_milliseconds(reconnection, "base-ms", pool.rests.first());
    add_milliseconds(reconnection, "max-ms", pool.rests.most());
    if (const auto& tls = each.tls_settings())
        all["tls"]["hostname-verification"] = tls->verify() == tls_verify::full;
    // With a policy it is that which says where there are connections.
    if (!how.remote_hosts() && how.load_balancing_policy() == nullptr)
        add_preference(all, how.local_datacenter(), "");
    return all;
}

/// Without a time of its own the wait ends with the statement's; without that never, which the
/// schema has no word for either.
std::int64_t agreement_milliseconds(const options& how) {
    const auto& own = how.schema_agreement_timeout();
    const auto limit = own ? own : how.connection().request_timeout();
    if (!limit)
        return std::numeric_limits<std::int32_t>::max();
    return std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(*limit).count(), 0);
}

json control_plane_of(const options& how, const control_settings& control) {
    json all;
    auto& timeout = all["queries"]["system"]["timeout"];
    add_milliseconds(timeout, "client-side-ms", control.patience + system_tables::grace);
    add_milliseconds(timeout, "server-side-ms", control.patience);
    all["schema"]["agreement"]["timeout-ms"] = agreement_milliseconds(how);
    return all;
}

/// Of a request that says nothing itself, by the default execution profile.
json query_of(const options& how) {
    const statement_options none;
    const auto& profiles = how.execution_profiles();
    const auto found = profiles.find(execution_profile::default_name);
    const execution_profile profile = found != profiles.end() ? found->second : execution_profile();
    json all;
    auto& defaults = all["defaults"];
    if (const auto rows = profile.page_size() ? *profile.page_size() : none.page_size();
        rows && *rows > 0)
        defaults["page"]["size"] = *rows;
    defaults["consistency"] = to_string(profile.consistency().value_or(none.consistency()));
    if (const auto serial =
            profile.serial_consistency() ? profile.serial_consistency() : none.serial_consistency())
        defaults["serial-consistency"] = to_string(*serial);
    defaults["idempotence"] = profile.is_idempotent().value_or(none.is_idempotent());
    defaults["client-timestamps"] = none.timestamp().has_value();
    defaults["request"] = json::object();
    add_milliseconds(defaults["request"], "timeout-ms",
                     profile.timeout() ? profile.timeout()->length()
                                       : how.connection().request_timeout());
    // Whatever a server answers is the last word. What could not be sent goes to another node, and
    // so does what may be carried out twice where its connection has ended: that is in "never",
    // too.
    all["retry"]["policy"]["type"] = "never";
    auto& balancing = all["load-balancing"];
    auto& policy = balancing["policy"];
    const auto& decides = profile.load_balancing_policy() ? *profile.load_balancing_policy()
                                                          : how.load_balancing_policy();
    if (decides != nullptr) {
        policy["type"] = "custom";
        policy["name"] = decides->name().empty() ? "custom" : std::string(decides->name());
    } else {
        policy["type"] = "token-aware";
        policy["load-distribution"] = "shuffle";
        policy["fallback-to-non-preferred-nodes"] =
            profile.remote_hosts().value_or(how.remote_hosts());
        const auto& aware =
            profile.latency_awareness() ? *profile.latency_awareness() : how.latency_awareness();
        if (aware)
            policy["adaptive-ordering"]["signals"] = json::array({"latency"});
    }
    const bool elsewhere = profile.local_datacenter().has_value();
    add_preference(balancing, profile.local_datacenter().value_or(how.local_datacenter()),
                   profile.local_rack().value_or(elsewhere ? std::string() : how.local_rack()));
    return all;
}

} // namespace

std::string driver_config(const options& how, const control_settings& control,
                          const pool_settings& pool) {
    json all;
    all["version"] = 1;
    all["connection"] = connection_of(how, pool);
    all["control-plane"] = control_plane_of(how, control);
    all["query"] = query_of(how);
    // Names may be any bytes, which JSON has no way to say.
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace cocql::client
