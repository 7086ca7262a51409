#include "core/routing/replica_map.hpp"
#include "rings.hpp"
#include "vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using nlohmann::json;

namespace {

std::string name_in(const json& host) {
    return host.is_string() ? host.get<std::string>() : std::to_string(host.get<int>());
}

std::map<std::string, named_ring::place> places_in(const json& hosts) {
    std::map<std::string, named_ring::place> places;
    for (const auto& [name, where] : hosts.items())
        places[name] = {where.at(0).get<std::string>(), where.at(1).get<std::string>()};
    return places;
}

std::vector<std::pair<std::int64_t, std::string>> tokens_in(const json& ring) {
    std::vector<std::pair<std::int64_t, std::string>> tokens;
    for (const auto& each : ring)
        tokens.emplace_back(each.at(0).get<std::int64_t>(), name_in(each.at(1)));
    return tokens;
}

routing::replication factors_in(const json& factors) {
    std::map<std::string, std::string> of;
    for (const auto& [name, count] : factors.items())
        of[name] = std::to_string(count.get<int>());
    return by_datacenter(of);
}

std::vector<std::string> names_in(const json& hosts) {
    std::vector<std::string> names;
    for (const auto& each : hosts)
        names.push_back(name_in(each));
    return names;
}

std::vector<std::string> letters(const std::string& of) {
    std::vector<std::string> names;
    for (const char letter : of)
        names.emplace_back(1, letter);
    return names;
}

} // namespace

TEST_CASE("Replicas of two data centres of two racks are Cassandra's, in its order") {
    const auto& all = vectors().at("replicas");
    const auto& alternating = all.at("java_alternating");
    const auto places = places_in(alternating.at("loc"));
    const named_ring first(places, tokens_in(alternating.at("ring")));
    for (const auto& [token, expected] : alternating.at("expected_in_order").items())
        CHECK(first.replicas(factors_in(alternating.at("rf")), std::stoll(token)) ==
              names_in(expected));
    const auto& consecutive = all.at("java_consecutive");
    const named_ring second(places, tokens_in(consecutive.at("ring")));
    for (const int factor : {3, 4}) {
        const auto count = std::to_string(factor);
        const auto& expected = consecutive.at("rf" + count);
        CHECK(expected.size() == 8);
        for (const auto& [token, replicas] : expected.items())
            CHECK(second.replicas(by_datacenter({{"dc1", count}, {"dc2", count}}),
                                  std::stoll(token)) == names_in(replicas));
    }
}

TEST_CASE("Replicas of 85 places are those of the Rust driver, and in its order") {
    const auto& rust = vectors().at("replicas").at("rust_ring");
    const named_ring ring(places_in(rust.at("loc")), tokens_in(rust.at("ring")));
    const auto& computed = rust.at("computed_and_agreeing_with_rust_asserts");
    CHECK(computed.size() == 85);
    for (const auto& each : computed) {
        const auto token = each.at("token_of_vnode").get<std::int64_t>();
        CAPTURE(token);
        CHECK(ring.replicas(factors_in(each.at("rf")), token) ==
              letters(each.at("replicas_in_order").get<std::string>()));
    }
}

TEST_CASE("Where racks are fewer than replicas, hosts that were passed over get their turn") {
    const auto& python = vectors().at("replicas").at("python_multi_rack");
    std::map<std::string, named_ring::place> places;
    for (const auto& [name, rack] : python.at("racks").items())
        places[name] = {name.substr(0, 3), rack.get<std::string>()};
    const named_ring ring(places, tokens_in(python.at("ring")));
    auto found = ring.replicas(factors_in(python.at("rf")), 0);
    std::ranges::sort(found);
    CHECK(found == names_in(python.at("token0")));
}

TEST_CASE("A token belongs to the first place that is not before it, and round the ring") {
    const named_ring ring({{"a", {"dc", "r"}}, {"b", {"dc", "r"}}, {"c", {"dc", "r"}}},
                          {{-100, "a"}, {0, "b"}, {100, "c"}});
    using names = std::vector<std::string>;
    CHECK(ring.replicas(on_ring("1"), -100) == names{"a"});
    CHECK(ring.replicas(on_ring("1"), -99) == names{"b"});
    CHECK(ring.replicas(on_ring("2"), 0) == names{"b", "c"});
    CHECK(ring.replicas(on_ring("2"), 1) == names{"c", "a"});
    CHECK(ring.replicas(on_ring("2"), 101) == names{"a", "b"});
    CHECK(ring.replicas(on_ring("1"), std::numeric_limits<std::int64_t>::max()) == names{"a"});
    CHECK(ring.replicas(on_ring("1"), std::numeric_limits<std::int64_t>::min()) == names{"a"});
}

TEST_CASE("There are never more replicas than hosts, and none where nothing is known") {
    const named_ring ring({{"a", {"dc1", "r"}}, {"b", {"dc1", "r"}}, {"c", {"dc2", "r"}}},
                          {{1, "a"}, {2, "b"}, {3, "c"}});
    using names = std::vector<std::string>;
    CHECK(ring.replicas(on_ring("1500"), 1) == names{"a", "b", "c"});
    CHECK(ring.replicas(by_datacenter({{"dc1", "1500"}, {"dc2", "1500"}}), 2) ==
          names{"b", "c", "a"});
    CHECK(ring.replicas(by_datacenter({{"dc1", "1"}, {"dc2", "0"}}), 3) == names{"a"});
    CHECK(ring.replicas(by_datacenter({{"elsewhere", "3"}}), 3).empty());
    CHECK(ring.replicas(by_datacenter({}), 3).empty());
    CHECK(ring.replicas(on_ring("0"), 3).empty());
    CHECK(ring.replicas(on_ring("many"), 3).empty());
    CHECK(ring.replicas(routing::replication(), 3).empty());
    CHECK(ring.replicas(routing::replication::of({{"class", "LocalStrategy"}}), 3).empty());
    CHECK(ring.replicas(routing::replication::of({{"class", "EverywhereStrategy"}}), 3) ==
          names{"a", "b", "c"});
    const named_ring nobody({}, {});
    CHECK(nobody.replicas(on_ring("3"), 3).empty());
    CHECK(nobody.replicas(by_datacenter({{"dc1", "3"}}), 3).empty());
}

TEST_CASE("A host without tokens is no replica, and its rack is not waited for") {
    const std::map<std::string, named_ring::place> data{
        {"a", {"dc", "r1"}}, {"b", {"dc", "r1"}}, {"c", {"dc", "r2"}}};
    const std::vector<std::pair<std::int64_t, std::string>> tokens{{1, "a"}, {2, "b"}, {3, "c"},
                                                                   {4, "a"}, {5, "c"}, {6, "b"}};
    auto with = data;
    with["zero"] = {"dc", "r3"};
    const named_ring plain(data, tokens);
    const named_ring joined(with, tokens);
    for (const auto* factor : {"1", "2", "3", "4"})
        for (std::int64_t token = 0; token < 8; ++token) {
            CHECK(plain.replicas(by_datacenter({{"dc", factor}}), token) ==
                  joined.replicas(by_datacenter({{"dc", factor}}), token));
            CHECK(plain.replicas(on_ring(factor), token) ==
                  joined.replicas(on_ring(factor), token));
        }
    CHECK(joined.replicas(routing::replication::of({{"class", "EverywhereStrategy"}}), 1).size() ==
          3);
}

TEST_CASE("On random rings each data centre has its replicas, in as many racks as can be") {
    std::mt19937 random(23);
    for (int round = 0; round < 300; ++round) {
        std::map<std::string, named_ring::place> places;
        std::vector<std::pair<std::int64_t, std::string>> tokens;
        const auto hosts = 1 + random() % 12;
        for (std::size_t i = 0; i < hosts; ++i) {
            const auto name = std::to_string(i);
            places[name] = {"dc" + std::to_string(random() % 3),
                            "r" + std::to_string(random() % 3)};
            for (auto count = random() % 4; count > 0; --count)
                tokens.emplace_back(static_cast<std::int64_t>(random() % 1000), name);
        }
        const named_ring ring(places, tokens);
        std::map<std::string, std::set<std::string>> owners;
        std::map<std::string, std::set<std::string>> racks;
        for (const auto& [token, name] : tokens) {
            owners[places[name].first].insert(name);
            racks[places[name].first].insert(places[name].second);
        }
        std::map<std::string, std::string> factors;
        for (int i = 0; i < 3; ++i)
            factors["dc" + std::to_string(i)] = std::to_string(random() % 5);
        for (int i = 0; i < 5; ++i) {
            std::map<std::string, std::set<std::string>> found;
            std::map<std::string, std::set<std::string>> found_racks;
            std::size_t count = 0;
            for (const auto& name : ring.replicas(by_datacenter(factors),
                                                  static_cast<std::int64_t>(random() % 1100))) {
                found[places[name].first].insert(name);
                found_racks[places[name].first].insert(places[name].second);
                ++count;
            }
            std::size_t different = 0;
            for (const auto& [datacenter, factor] : factors) {
                const auto wanted =
                    std::min<std::size_t>(std::stoul(factor), owners[datacenter].size());
                CHECK(found[datacenter].size() == wanted);
                CHECK(found_racks[datacenter].size() == std::min(wanted, racks[datacenter].size()));
                different += found[datacenter].size();
            }
            CHECK(count == different);
        }
    }
}
