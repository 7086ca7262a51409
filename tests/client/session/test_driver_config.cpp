#include "client/session/driver_config.hpp"

#include <cocql/options.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace cocql;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json config_of(const options& how) {
    client::control_settings control;
    client::pool_settings pool;
    pool.chooses_shards = how.shard_aware_port();
    return json::parse(client::driver_config(how, control, pool));
}

/// The rules of version 1 of the form that drivers have agreed on, for what we say of it: which
/// members an object may have and must have, and of what kind they are. A name with a `!` is one
/// that must be there.
class rule {
  public:
    using members = std::map<std::string, rule>;
    using test = std::function<bool(const json&)>;
    rule(test fits) : fits_(std::move(fits)) {} // NOLINT: written in place
    rule(members of) : members_(std::move(of)) {}

    std::string broken_by(const json& given, const std::string& where = "") const {
        if (fits_)
            return fits_(given) ? "" : where + " is " + given.dump();
        if (!given.is_object())
            return where + " is no object";
        std::size_t known = 0;
        for (const auto& [name, of] : members_) {
            const bool needed = name.back() == '!';
            const auto key = needed ? name.substr(0, name.size() - 1) : name;
            if (!given.contains(key)) {
                if (needed)
                    return where + " has no " + key;
                continue;
            }
            ++known;
            if (auto broken = of.broken_by(given.at(key), where + "/" + key); !broken.empty())
                return broken;
        }
        return known == given.size() ? "" : where + " has a member too many: " + given.dump();
    }

  private:
    test fits_;
    members members_;
};

bool is_positive(const json& it) {
    return it.is_number_integer() && it.get<std::int64_t>() >= 1;
}
bool is_number(const json& it) {
    return it.is_number_integer() && it.get<std::int64_t>() >= 0;
}
bool is_name(const json& it) {
    return it.is_string() && !it.get<std::string>().empty();
}
bool is_bool(const json& it) {
    return it.is_boolean();
}
rule one_of(std::vector<json> these) {
    return rule::test([these = std::move(these)](const json& it) {
        return std::ranges::find(these, it) != these.end();
    });
}
bool is_preference(const json& it) {
    const rule::members dc{{"type!", one_of({"dc"})}, {"local-dc!", rule(is_name)}};
    auto rack = dc;
    rack.at("type!") = one_of({"rack"});
    rack.emplace("local-rack!", rule(is_name));
    return rule(dc).broken_by(it).empty() || rule(rack).broken_by(it).empty();
}

/// A policy of the application's own is known by its name only.
bool is_balancing_policy(const json& it) {
    using m = rule::members;
    const rule own(m{{"type!", one_of({"token-aware"})},
                     {"load-distribution!", one_of({"shuffle", "round-robin", "replica-set"})},
                     {"fallback-to-non-preferred-nodes!", rule(is_bool)},
                     {"adaptive-ordering", m{{"signals!", one_of({{"latency"}})}}}});
    const rule custom(m{{"type!", one_of({"custom"})}, {"name!", rule(is_name)}});
    return own.broken_by(it).empty() || custom.broken_by(it).empty();
}

rule driver_config_rules() {
    using m = rule::members;
    const rule positive(is_positive), number(is_number), boolean(is_bool);
    const rule preference{rule::test(is_preference)};
    const rule reconnection(
        m{{"type!", one_of({"exponential"})}, {"base-ms!", positive}, {"max-ms!", positive}});
    const m connection{
        {"connect!", m{{"timeout-ms", positive}}},
        {"requests!", m{{"in-flight!", m{{"max!", positive}}}, {"orphaned", m{{"max!", number}}}}},
        {"pool!", m{{"shard-aware!", m{{"enabled!", boolean}}}}},
        {"socket!",
         m{{"tcp-no-delay!", boolean}, {"keep-alive!", boolean}, {"reuse-address!", boolean}}},
        {"reconnection!", m{{"policy!", reconnection}}},
        {"node-preference", preference},
        {"tls", m{{"hostname-verification", boolean}}}};
    const m control{{"queries!", m{{"system!", m{{"timeout!", m{{"client-side-ms", positive},
                                                                {"server-side-ms", positive}}}}}}},
                    {"schema!", m{{"agreement!", m{{"timeout-ms!", number}}}}}};
    const auto level = one_of({"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM",
                               "EACH_QUORUM", "LOCAL_ONE", "SERIAL", "LOCAL_SERIAL"});
    const m defaults{{"page", m{{"size!", positive}}},
                     {"consistency!", level},
                     {"serial-consistency", one_of({"SERIAL", "LOCAL_SERIAL"})},
                     {"idempotence!", boolean},
                     {"client-timestamps", boolean},
                     {"request", m{{"timeout-ms", positive}}}};
    const m balancing{{"policy!", rule(rule::test(is_balancing_policy))},
                      {"node-preference", preference}};
    const m query{{"defaults!", defaults},
                  {"retry!", m{{"policy!", m{{"type!", one_of({"never"})}}}}},
                  {"load-balancing!", balancing}};
    return m{{"version!", one_of({1})},
             {"connection!", connection},
             {"control-plane!", control},
             {"query!", query}};
}

std::shared_ptr<load_balancing_policy> named_policy(std::string_view name) {
    class made final : public load_balancing_policy {
      public:
        explicit made(std::string_view name) : name_(name) {}
        std::string_view name() const noexcept override { return name_; }

      private:
        const std::string_view name_;
    };
    return std::make_shared<made>(name);
}

/// Options of all kinds, also such as make no sense.
std::vector<options> all_kinds() {
    std::vector<options> all;
    all.emplace_back();
    all.emplace_back("10.9.8.7").tls().login("some user", "some secret");
    auto& near = all.emplace_back().local_datacenter("dc \"1\"").local_rack("r\\1");
    near.request_timeout(1500us).shard_aware_port(false);
    all.emplace_back().local_datacenter("dc1").remote_hosts().tls(
        tls_options().verify(tls_verify::ca));
    all.emplace_back().local_rack("of none");
    auto& senseless = all.emplace_back().request_timeout(0s).connection();
    senseless.connect_timeout(-1s).max_in_flight(0).orphan_limits(static_cast<std::size_t>(-1), 0s);
    auto& endless = all.emplace_back().request_timeout(std::nullopt).connection();
    endless.connect_timeout(std::nullopt).max_in_flight(static_cast<std::size_t>(-1));
    all.emplace_back().request_timeout(std::chrono::steady_clock::duration::max());
    all.emplace_back().local_datacenter("\xff\x01");
    all.emplace_back().local_datacenter("dc1").load_balancing_policy(named_policy("\xff"));
    all.emplace_back().load_balancing_policy(named_policy(""));
    all.emplace_back().latency_awareness();
    all.emplace_back().latency_awareness().load_balancing_policy(named_policy("our own"));
    return all;
}

} // namespace

TEST_CASE("What a session tells of its configuration is of the form that drivers have agreed on, "
          "whatever the options say") {
    const auto rules = driver_config_rules();
    // Others may judge as well: each configuration goes into a file of this folder.
    const char* const folder = std::getenv("COCQL_DRIVER_CONFIGS");
    int number = 0;
    for (const auto& how : all_kinds()) {
        const auto config = config_of(how);
        CHECK(rules.broken_by(config) == "");
        if (folder != nullptr)
            std::ofstream(std::string(folder) + "/" + std::to_string(++number) + ".json") << config;
    }
    // That they are rules:
    auto config = config_of(options());
    config["more"] = 1;
    CHECK(rules.broken_by(config) != "");
    config = config_of(options());
    config["query"].erase("retry");
    CHECK(rules.broken_by(config) == "/query has no retry");
    config = config_of(options());
    config["connection"]["connect"]["timeout-ms"] = 0;
    CHECK(rules.broken_by(config) == "/connection/connect/timeout-ms is 0");
}

TEST_CASE("A session tells its limits, time-outs and preferences as they are") {
    options how("127.0.0.1");
    how.tls().local_datacenter("dc1").local_rack("r1").request_timeout(1500us);
    how.connection().connect_timeout(2s).max_in_flight(100).orphan_limits(7, 1s);
    const auto config = config_of(how);
    const auto at = [&](const char* path) { return config.at(json::json_pointer(path)); };
    CHECK(at("/connection/connect/timeout-ms") == 2000);
    CHECK(at("/connection/requests/in-flight/max") == 100);
    CHECK(at("/connection/requests/orphaned/max") == 7);
    CHECK(at("/connection/pool/shard-aware/enabled") == true);
    CHECK(at("/connection/reconnection/policy/base-ms") == 1000);
    CHECK(at("/connection/reconnection/policy/max-ms") == 60000);
    CHECK(at("/connection/tls/hostname-verification") == true);
    CHECK(at("/connection/node-preference/type") == "dc");
    CHECK(at("/connection/node-preference/local-dc") == "dc1");
    CHECK(at("/control-plane/queries/system/timeout/client-side-ms") == 31000);
    CHECK(at("/control-plane/queries/system/timeout/server-side-ms") == 30000);
    CHECK(at("/query/defaults/request/timeout-ms") == 2); // not less than there is
    CHECK(at("/query/defaults/consistency") == "LOCAL_ONE");
    CHECK(at("/query/defaults/page/size") == 5000);
    CHECK(at("/query/load-balancing/node-preference/type") == "rack");
    CHECK(at("/query/load-balancing/node-preference/local-rack") == "r1");
    CHECK(at("/query/load-balancing/policy/fallback-to-non-preferred-nodes") == false);
    const auto plain = config_of(options().remote_hosts().local_datacenter("dc1"));
    CHECK(!plain.at("connection").contains("tls"));
    CHECK(!plain.at("connection").contains("node-preference")); // to all
    CHECK(plain["query"]["load-balancing"]["policy"]["fallback-to-non-preferred-nodes"] == true);
    const auto no_limit = config_of(options().request_timeout(std::nullopt));
    CHECK(no_limit["query"]["defaults"]["request"].empty());

    const json::json_pointer agreement("/control-plane/schema/agreement/timeout-ms");
    CHECK(config.at(agreement) == 10000);
    CHECK(config_of(options().schema_agreement_timeout(0s)).at(agreement) == 0);
    CHECK(config_of(options().schema_agreement_timeout(std::nullopt).request_timeout(3s))
              .at(agreement) == 3000);
}

TEST_CASE("What requests are told to have is the default profile's, where it says something") {
    options how("127.0.0.1");
    how.local_datacenter("dc1").local_rack("r1").execution_profile(
        execution_profile()
            .consistency(consistency::quorum)
            .page_size(7)
            .timeout(5s)
            .idempotent()
            .local_datacenter("dc2")
            .remote_hosts());
    const auto query = config_of(how)["query"];
    CHECK(query["defaults"]["consistency"] == "QUORUM");
    CHECK(query["defaults"]["page"]["size"] == 7);
    CHECK(query["defaults"]["request"]["timeout-ms"] == 5000);
    CHECK(query["defaults"]["idempotence"] == true);
    CHECK(config_of(options())["query"]["defaults"]["idempotence"] == false);
    CHECK(query["load-balancing"]["node-preference"]["local-dc"] == "dc2");
    CHECK(!query["load-balancing"]["node-preference"].contains("local-rack"));
    CHECK(query["load-balancing"]["policy"]["fallback-to-non-preferred-nodes"] == true);
}

TEST_CASE("A policy of the application's own is told as such, by its name") {
    const json custom = {{"type", "custom"}, {"name", "coldest first"}};
    options how("127.0.0.1");
    how.local_datacenter("dc1").load_balancing_policy(named_policy("coldest first"));
    const auto whole = config_of(how);
    CHECK(whole["query"]["load-balancing"]["policy"] == custom);
    CHECK(whole["query"]["load-balancing"]["node-preference"]["local-dc"] == "dc1");
    // Which nodes it has connections to the policy says, and nobody knows beforehand.
    CHECK(!whole["connection"].contains("node-preference"));
    how.execution_profile(execution_profile().load_balancing_policy(nullptr));
    CHECK(config_of(how)["query"]["load-balancing"]["policy"]["type"] == "token-aware");
    how.load_balancing_policy(nullptr).execution_profile(
        execution_profile().load_balancing_policy(named_policy("coldest first")));
    CHECK(config_of(how)["query"]["load-balancing"]["policy"] == custom);
}

TEST_CASE("That requests keep away from slow nodes is told where those of the default profile do") {
    const auto told = [](const options& how) {
        return config_of(how)["query"]["load-balancing"]["policy"];
    };
    const json latency = {{"signals", {"latency"}}};
    CHECK(!told(options()).contains("adaptive-ordering"));
    CHECK(told(options().latency_awareness())["adaptive-ordering"] == latency);
    CHECK(told(options().latency_awareness())["type"] == "token-aware");
    CHECK(!told(options().latency_awareness(std::nullopt)).contains("adaptive-ordering"));
    const auto on = execution_profile().latency_awareness();
    const auto off = execution_profile().latency_awareness(std::nullopt);
    CHECK(told(options().execution_profile(on))["adaptive-ordering"] == latency);
    CHECK(!told(options().execution_profile("reports", on)).contains("adaptive-ordering"));
    CHECK(
        !told(options().latency_awareness().execution_profile(off)).contains("adaptive-ordering"));
    const json custom = {{"type", "custom"}, {"name", "our own"}};
    CHECK(told(options().latency_awareness().load_balancing_policy(named_policy("our own"))) ==
          custom);
}

TEST_CASE("Nothing secret is told: no names of users, files, hosts, clusters or keyspaces") {
    options how("contact.example");
    how.login("the-user", "the-password").keyspace("the_keyspace").cluster_name("the-cluster");
    how.tls(tls_options()
                .ca_file("/the/ca.pem")
                .certificate_file("/the/certificate.pem")
                .key_file("/the/key.pem")
                .key_password("the-key-password")
                .server_hostname("the.server"));
    how.connection().startup_option("APPLICATION_NAME", "the-application");
    const auto config = config_of(how).dump();
    CHECK(config.find("the") == config.npos);
    CHECK(config.find("contact") == config.npos);
    CHECK(config.find("pem") == config.npos);
}
