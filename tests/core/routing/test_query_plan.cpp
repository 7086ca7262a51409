#include "core/routing/query_plan.hpp"
#include "rings.hpp"
#include "vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using routing::distance;
using routing::query_plan;
using routing::replica_order;

namespace {

class planner {
  public:
    planner() : ring_(places(), tokens()) {}

    /// The hosts' names one behind the other.
    std::string plan(const routing::preference& wanted, const routing::replication& how,
                     replica_order order, std::uint32_t chance) const {
        const routing::replica_map map(ring_.topology(), how);
        const routing::token where(160);
        return plan(wanted,
                    order == replica_order::as_given ? map.replicas_along_ring(where)
                                                     : map.replicas_of(where),
                    order, chance);
    }
    std::string plan(const routing::preference& wanted,
                     std::span<const routing::host_index> replicas, replica_order order,
                     std::uint32_t chance) const {
        const routing::neighbourhood near(*ring_.topology(), wanted);
        query_plan plan(near, replicas, order, chance);
        std::string names;
        while (const auto who = plan.next())
            names += ring_.name_of(*who);
        CHECK(plan.next() == std::nullopt);
        return names;
    }
    /// Whether the plan is always as told: `[AB]` is A and B in any order, `(AB)` in this one.
    void check(const std::string& told, const routing::preference& wanted,
               const routing::replication& how, replica_order order) const {
        INFO(told);
        std::map<std::string, int> seen;
        for (std::uint32_t chance = 0; chance < 60; ++chance) {
            const auto found = plan(wanted, how, order, chance);
            ++seen[found];
            CHECK(is_as_told(found, told));
        }
        // A group of so many begins with each of them.
        std::set<char> firsts;
        for (const auto& [found, times] : seen)
            firsts.insert(found.front());
        const auto end = told.find_first_of("])");
        CHECK(firsts.size() == (told.front() == '[' ? end - 1 : 1));
    }
    const named_ring& ring() const noexcept { return ring_; }

  private:
    static const nlohmann::json& rust() { return vectors().at("replicas").at("rust_ring"); }
    static std::map<std::string, named_ring::place> places() {
        std::map<std::string, named_ring::place> all;
        for (const auto& [name, where] : rust().at("loc").items())
            all[name] = {where.at(0).get<std::string>(), where.at(1).get<std::string>()};
        return all;
    }
    static std::vector<std::pair<std::int64_t, std::string>> tokens() {
        std::vector<std::pair<std::int64_t, std::string>> all;
        for (const auto& each : rust().at("ring"))
            all.emplace_back(each.at(0).get<std::int64_t>(), each.at(1).get<std::string>());
        return all;
    }
    static bool is_as_told(const std::string& found, const std::string& told) {
        std::size_t done = 0;
        for (std::size_t at = 0; at < told.size();) {
            const auto end = told.find_first_of("])", at);
            auto group = told.substr(at + 1, end - at - 1);
            auto part = found.substr(std::min(done, found.size()), group.size());
            if (told[at] == '[') {
                std::ranges::sort(group);
                std::ranges::sort(part);
            }
            if (part != group)
                return false;
            done += group.size();
            at = end + 1;
        }
        return done == found.size();
    }

    named_ring ring_;
};

routing::preference prefer(const std::string& datacenter, bool remote_hosts,
                           const std::string& rack = "") {
    routing::preference wanted;
    wanted.datacenter = datacenter;
    wanted.rack = rack;
    wanted.remote_hosts = remote_hosts;
    return wanted;
}

} // namespace

TEST_CASE("Plans are those of the Rust driver's tests") {
    const planner rust;
    const auto& plans = vectors().at("plans");
    const auto told = [&](const char* name) { return plans.at(name).get<std::string>(); };
    const auto two = by_datacenter({{"eu", "2"}, {"us", "2"}});
    const auto three = by_datacenter({{"eu", "3"}, {"us", "3"}});
    const routing::replication unknown;
    using enum replica_order;
    rust.check(told("NTS rf2 pref eu failover"), prefer("eu", true), two, shuffled);
    rust.check(told("NTS rf2 pref eu no failover"), prefer("eu", false), two, shuffled);
    rust.check(told("NTS rf3 pref eu failover"), prefer("eu", true), three, shuffled);
    rust.check(told("NTS rf3 no failover"), prefer("eu", false), three, shuffled);
    rust.check(told("Simple rf2 pref eu failover"), prefer("eu", true), on_ring("2"), shuffled);
    rust.check(told("no token or no table"), prefer("eu", true), unknown, shuffled);
    rust.check(told("unknown preferred dc, failover"), prefer("au", true), two, shuffled);
    CHECK(rust.plan(prefer("au", false), two, shuffled, 0).empty());
    rust.check(told("LWT NTS rf2 eu failover"), prefer("eu", true), two, as_given);
    rust.check(told("LWT NTS rf2 eu no failover"), prefer("eu", false), two, as_given);
    rust.check(told("LWT NTS rf3 eu failover"), prefer("eu", true), three, as_given);
    rust.check(told("LWT Simple rf2 eu"), prefer("eu", true), on_ring("2"), as_given);
}

TEST_CASE("Replicas of the same rack are asked first, but not for conditional statements") {
    const planner rust;
    const auto three = by_datacenter({{"eu", "3"}, {"us", "3"}});
    using enum replica_order;
    rust.check("[G][AC][FDE][B]", prefer("eu", true, "r2"), three, shuffled);
    rust.check("[AC][G][FDE][B]", prefer("eu", true, "r1"), three, shuffled);
    rust.check("(ACG)(FDE)[B]", prefer("eu", true, "r2"), three, as_given);
    rust.check("[G][ABC][DEF]", prefer("eu", true, "r2"), routing::replication(), shuffled);
    // A rack of a data centre that is not said is any centre's.
    rust.check("[ACGFDE][B]", prefer("", true, "r2"), three, shuffled);
}

TEST_CASE("A leader is asked before all others, unless it may not be asked") {
    const planner rust;
    const std::vector<routing::host_index> replicas{
        rust.ring().index_of("D"), rust.ring().index_of("A"), rust.ring().index_of("G")};
    const auto order = replica_order::leader_first;
    for (std::uint32_t chance = 0; chance < 10; ++chance) {
        const auto far = rust.plan(prefer("eu", true), replicas, order, chance);
        CHECK(far.front() == 'D');
        CHECK((far.substr(1, 2) == "AG" || far.substr(1, 2) == "GA"));
        CHECK(far.size() == 7);
        const auto near = rust.plan(prefer("eu", false), replicas, order, chance);
        CHECK(near.find('D') == near.npos);
        CHECK(near.size() == 4);
        CHECK(rust.plan(prefer("eu", true), routing::replication(), order, chance).size() == 7);
    }
}

TEST_CASE("Hosts that are filtered out are never asked") {
    const planner rust;
    auto wanted = prefer("eu", true);
    wanted.filter = [&](const routing::topology::host& host) { return host.rack == "r1"; };
    for (const auto order :
         {replica_order::shuffled, replica_order::as_given, replica_order::leader_first}) {
        auto found = rust.plan(wanted, by_datacenter({{"eu", "3"}, {"us", "3"}}), order, 5);
        std::ranges::sort(found);
        CHECK(found == "ABCDE");
    }
    wanted.filter = [](const routing::topology::host&) { return false; };
    CHECK(rust.plan(wanted, on_ring("3"), replica_order::shuffled, 5).empty());
}

TEST_CASE("Each permitted host is in a random plan once, near ones before far ones") {
    std::mt19937 random(41);
    for (int round = 0; round < 500; ++round) {
        std::vector<routing::topology::host> hosts(random() % 20);
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            hosts[i].id.bytes[15] = static_cast<std::byte>(i);
            hosts[i].datacenter = "dc" + std::to_string(random() % 3);
            hosts[i].rack = "r" + std::to_string(random() % 2);
        }
        const auto count = hosts.size();
        const routing::topology all(std::move(hosts));
        const routing::neighbourhood near(all, prefer("dc0", random() % 2 == 0, "r1"));
        std::vector<routing::host_index> replicas;
        for (routing::host_index i = 0; i < count; ++i)
            if (random() % 4 == 0)
                replicas.push_back(i);
        std::ranges::shuffle(replicas, random);
        const auto order = static_cast<replica_order>(random() % 3);
        query_plan plan(near, replicas, order, static_cast<std::uint32_t>(random()));
        std::set<routing::host_index> seen;
        auto before = std::pair(false, distance::same_rack); // whether it is another, and how far
        while (const auto who = plan.next()) {
            CHECK(seen.insert(*who).second);
            const bool other = std::ranges::find(replicas, *who) == replicas.end();
            auto far = near.of(*who);
            CHECK(far != distance::ignored);
            const bool leader = order == replica_order::leader_first && !replicas.empty() &&
                                *who == replicas.front();
            if (order == replica_order::as_given && !other && far == distance::same_datacenter)
                far = distance::same_rack;
            if (leader) {
                CHECK(seen.size() == 1);
            } else {
                CHECK(std::pair(other, far) >= before);
                before = {other, far};
            }
        }
        std::size_t permitted = 0;
        for (routing::host_index i = 0; i < count; ++i)
            permitted += near.of(i) != distance::ignored ? 1u : 0u;
        CHECK(seen.size() == permitted);
    }
}

TEST_CASE("Where all hosts are equally near the first of a plan is known at once") {
    std::mt19937 random(11);
    int simple = 0;
    for (int round = 0; round < 2'000; ++round) {
        std::vector<routing::topology::host> hosts(1 + random() % 6);
        const bool far = random() % 4 == 0;
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            hosts[i].id.bytes[15] = static_cast<std::byte>(i);
            hosts[i].datacenter = far ? "dc" + std::to_string(random() % 2) : "dc0";
            hosts[i].rack = "r" + std::to_string(random() % 2);
        }
        const auto count = hosts.size();
        const routing::topology all(std::move(hosts));
        const routing::neighbourhood near(all, random() % 2 == 0 ? routing::preference()
                                                                 : prefer("dc0", true, "r1"));
        std::vector<routing::host_index> replicas;
        for (routing::host_index i = 0; i < count; ++i)
            if (random() % 2 == 0)
                replicas.push_back(i);
        std::ranges::shuffle(replicas, random);
        const auto order = static_cast<replica_order>(random() % 3);
        const auto chance = static_cast<std::uint32_t>(random());
        const auto first = query_plan::first_of(near, replicas, order, chance);
        CHECK(first.has_value() == (near.is_one() && !replicas.empty()));
        if (first) {
            ++simple;
            query_plan plan(near, replicas, order, chance);
            CHECK(plan.next() == first);
        }
    }
    CHECK(simple > 500);
    CHECK(!routing::neighbourhood().is_one());
    const routing::topology none(std::vector<routing::topology::host>(1));
    CHECK(!routing::neighbourhood(none, prefer("elsewhere", false, "")).is_one());
}

TEST_CASE("Whoever judges hosts has the last word on those that the filter lets through, by what "
          "they would be otherwise, and nothing is simple then") {
    std::vector<routing::topology::host> hosts(4);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        hosts[i].id.bytes[15] = static_cast<std::byte>(i);
        hosts[i].datacenter = i < 2 ? "dc0" : "dc1";
    }
    const routing::topology all(std::move(hosts));
    auto wanted = prefer("dc0", false, "");
    wanted.filter = [](const routing::topology::host& each) {
        return each.id.bytes[15] != std::byte{3};
    };
    std::vector<distance> usual;
    wanted.judge = [&](const routing::topology::host& each, distance before) {
        usual.push_back(before);
        return each.id.bytes[15] == std::byte{0} ? distance::ignored : distance::same_datacenter;
    };
    const routing::neighbourhood near(all, wanted);
    CHECK(usual == std::vector<distance>{distance::same_datacenter, distance::same_datacenter,
                                         distance::ignored});
    CHECK(near.of(0) == distance::ignored);
    CHECK(near.of(1) == distance::same_datacenter);
    CHECK(near.of(2) == distance::same_datacenter);
    CHECK(near.of(3) == distance::ignored);
    routing::preference alike;
    CHECK(routing::neighbourhood(all, alike).is_one());
    alike.judge = [](const routing::topology::host&, distance before) { return before; };
    CHECK(!routing::neighbourhood(all, alike).is_one());
}
