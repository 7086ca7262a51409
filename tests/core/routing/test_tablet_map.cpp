#include "core/routing/tablet_map.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

using namespace cocql;
using routing::tablet;
using routing::tablet_map;
using routing::token;

namespace {

uuid host(int number) {
    uuid id;
    id.bytes[0] = static_cast<std::byte>(number);
    return id;
}

tablet stretch(std::int64_t after, std::int64_t last, std::vector<int> hosts = {1}) {
    tablet known;
    known.after = token(after);
    known.last = token(last);
    for (const int each : hosts)
        known.replicas.push_back({host(each), 0});
    return known;
}

} // namespace

TEST_CASE("A tablet is found by each of its tokens, and by no other") {
    tablet_map known;
    CHECK(known.find(token(0)) == nullptr);
    known.put(stretch(0, 10));
    known.put(stretch(20, 30));
    CHECK(known.find(token(0)) == nullptr);
    REQUIRE(known.find(token(1)) != nullptr);
    CHECK(known.find(token(1))->last == token(10));
    CHECK(known.find(token(10))->last == token(10));
    CHECK(known.find(token(11)) == nullptr);
    CHECK(known.find(token(20)) == nullptr);
    CHECK(known.find(token(21))->last == token(30));
    CHECK(known.find(token(31)) == nullptr);
    known.put(stretch(token::least().value(), 0));
    CHECK(known.find(token::least())->last == token(0));
    known.clear();
    CHECK(known.find(token(1)) == nullptr);
}

TEST_CASE("Tablets that are split or merged replace what was known") {
    tablet_map known;
    for (std::int64_t i = 0; i < 100; i += 10)
        known.put(stretch(i, i + 10));
    CHECK(known.size() == 10);
    known.put(stretch(10, 30, {2})); // merged
    CHECK(known.size() == 9);
    CHECK(known.find(token(15))->replicas[0].host == host(2));
    CHECK(known.find(token(10))->replicas[0].host == host(1));
    known.put(stretch(15, 20, {3})); // split, and the other half is not told yet
    CHECK(known.size() == 9);
    CHECK(known.find(token(16))->replicas[0].host == host(3));
    CHECK(known.find(token(15)) == nullptr);
    CHECK(known.find(token(25)) == nullptr);
    known.put(stretch(token::least().value(), token::greatest().value()));
    CHECK(known.size() == 1);
}

TEST_CASE("Tablets of a host that is gone are forgotten") {
    tablet_map known;
    known.put(stretch(0, 10, {1, 2}));
    known.put(stretch(10, 20, {2, 3}));
    known.put(stretch(20, 30, {1, 3}));
    known.forget_host(host(2));
    CHECK(known.size() == 1);
    CHECK(known.find(token(25)) != nullptr);
    known.forget_host(host(9));
    CHECK(known.size() == 1);
}

TEST_CASE("Whatever is told in whatever order, each token has the tablet that was told last") {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        tablet_map known;
        std::map<std::int64_t, const tablet*> expected; // by each token
        std::vector<tablet> told;
        told.reserve(60);
        for (int i = 0; i < 60; ++i) {
            const auto after = static_cast<std::int64_t>(random() % 50);
            const auto& latest = told.emplace_back(
                stretch(after, after + 1 + static_cast<std::int64_t>(random() % 20), {i}));
            std::vector<const tablet*> replaced;
            for (const auto& [at, which] : expected)
                if (latest.has(token(at)))
                    replaced.push_back(which);
            std::erase_if(expected, [&](const auto& each) {
                return std::ranges::find(replaced, each.second) != replaced.end();
            });
            for (auto at = after + 1; at <= latest.last.value(); ++at)
                expected[at] = &latest;
            known.put(latest);
            for (std::int64_t at = -1; at < 80; ++at) {
                const auto* const found = known.find(token(at));
                const auto right = expected.find(at);
                REQUIRE((found != nullptr) == (right != expected.end()));
                if (found != nullptr)
                    REQUIRE(*found == *right->second);
            }
        }
    }
}
