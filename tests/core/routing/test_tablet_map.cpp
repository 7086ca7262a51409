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

TEST_CASE("What is read of many at once fills what is not known, and replaces nothing") {
    tablet_map known;
    const auto told = [] {
        std::vector<tablet> all;
        for (std::int64_t i = 0; i < 50; i += 10)
            all.push_back(stretch(i, i + 10));
        return all;
    };
    CHECK(known.put_where_unknown({}) == 0);
    CHECK(known.put_where_unknown(told()) == 5);
    CHECK(known.put_where_unknown(told()) == 0);
    CHECK(known.size() == 5);
    CHECK(known.find(token(0)) == nullptr);
    for (std::int64_t at = 1; at <= 50; ++at)
        CHECK(known.find(token(at))->last == token((at + 9) / 10 * 10));

    known.clear();
    known.put(stretch(15, 25, {2})); // of two that were merged or split
    known.put(stretch(40, 50, {3})); // one that has moved
    known.put(stretch(90, 99, {4}));
    CHECK(known.put_where_unknown(told()) == 2);
    CHECK(known.size() == 5);
    CHECK(known.find(token(10))->replicas[0].host == host(1));
    CHECK(known.find(token(11)) == nullptr);
    CHECK(known.find(token(15)) == nullptr);
    CHECK(known.find(token(16))->replicas[0].host == host(2));
    CHECK(known.find(token(26)) == nullptr);
    CHECK(known.find(token(31))->replicas[0].host == host(1));
    CHECK(known.find(token(41))->replicas[0].host == host(3));
    CHECK(known.find(token(99))->replicas[0].host == host(4));
    known.put(stretch(0, 99, {5}));
    CHECK(known.put_where_unknown(told()) == 0);
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

TEST_CASE("A picture of many tablets stays as it was, whatever becomes of them, and has in common "
          "with what is known later all parts that have not changed") {
    constexpr std::int64_t count = 1000;
    tablet_map known;
    for (std::int64_t i = 0; i < count; ++i)
        known.put(stretch(i * 10, i * 10 + 10, {static_cast<int>(i % 3)}));
    CHECK(known.size() == count);
    const auto is_as_it_was = [](const routing::tablet_picture& told) {
        for (std::int64_t i = 0; i < count; ++i) {
            const auto* const found = told.find(token(i * 10 + 1));
            if (found == nullptr ||
                *found != stretch(i * 10, i * 10 + 10, {static_cast<int>(i % 3)}))
                return false;
        }
        return told.size() == count;
    };
    const auto in_common = [&known](const routing::tablet_picture& told) {
        std::int64_t same = 0;
        for (std::int64_t i = 0; i < count; ++i)
            same += known.find(token(i * 10 + 1)) == told.find(token(i * 10 + 1)) ? 1 : 0;
        return same;
    };
    const auto told = known.picture();
    CHECK(in_common(told) == count);
    known.put(stretch(5000, 5010, {7})); // moved
    CHECK(known.find(token(5005))->replicas[0].host == host(7));
    CHECK(is_as_it_was(told));
    CHECK(in_common(told) >= count - 64);
    CHECK(in_common(told) < count);
    const auto later = known.picture();
    CHECK(in_common(later) == count);
    known.put(stretch(1000, 9000, {8})); // merged, over many parts
    CHECK(known.size() == 201);
    known.put(stretch(995, 1003, {9})); // over the border of what is left
    CHECK(known.find(token(994)) == nullptr);
    CHECK(known.find(token(1004)) == nullptr);
    CHECK(known.size() == 200);
    known.forget_host(host(0));
    known.put(stretch(20'000, 20'010));
    CHECK(is_as_it_was(told));
    CHECK(later.size() == count);
    CHECK(later.find(token(5005))->replicas[0].host == host(7));
    known.clear();
    CHECK(known.find(token(20'005)) == nullptr);
    CHECK(is_as_it_was(told));
    known.put(stretch(0, 10));
    CHECK(known.size() == 1);
    CHECK(later.size() == count);
    CHECK(routing::tablet_picture().find(token(0)) == nullptr);
    CHECK(routing::tablet_picture().size() == 0);
}

TEST_CASE("Pictures taken at any moment while tablets are told, in whatever order, stay as they "
          "were") {
    std::mt19937 random(5);
    const auto contents = [](const routing::tablet_picture& told) {
        std::vector<const tablet*> all;
        for (std::int64_t at = 0; at < 3000; ++at)
            all.push_back(told.find(token(at)));
        return all;
    };
    tablet_map known;
    std::vector<routing::tablet_picture> pictures;
    std::vector<std::vector<tablet>> copies;
    std::size_t most_known = 0;
    for (int i = 0; i < 3000; ++i) {
        const auto after = static_cast<std::int64_t>(random() % 2950);
        const std::uint32_t most = random() % 100 == 0 ? 400 : 5;
        const auto length = 1 + static_cast<std::int64_t>(random() % most);
        known.put(stretch(after, after + length, {i % 50}));
        if (random() % 100 == 0)
            known.forget_host(host(static_cast<int>(random() % 50)));
        most_known = std::max(most_known, known.size());
        if (random() % 60 != 0)
            continue;
        pictures.push_back(known.picture());
        auto& copy = copies.emplace_back();
        for (const auto* const each : contents(pictures.back()))
            copy.push_back(each != nullptr ? *each : tablet());
    }
    CHECK(pictures.size() > 20);
    CHECK(most_known > 128); // there were parts
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const auto now = contents(pictures[i]);
        for (std::size_t at = 0; at < now.size(); ++at)
            REQUIRE((now[at] != nullptr ? *now[at] : tablet()) == copies[i][at]);
    }
}
