#include "client/control/candidate_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace cocql;
using client::candidate;
using client::candidate_queue;

namespace {

/// The hosts of a name, in the order of the resolver.
using known_names = std::map<std::string, std::vector<std::string>>;

/// In which order everything is tried, by `name=address` or the address, where names are looked up
/// at once.
std::string order_of(const std::vector<candidate>& all, const known_names& names,
                     candidate_queue::differences count = {}) {
    candidate_queue queue(all, count);
    std::string order;
    while (!queue.is_empty()) {
        const auto next = queue.next();
        const auto& host = next.where().host();
        if (!next.is_to_be_looked_up()) {
            order += (order.empty() ? "" : " ") +
                     (next.name().empty() ? std::string() : next.name() + "=") + host;
            continue;
        }
        std::vector<candidate> found;
        for (const auto& each : names.at(host))
            found.emplace_back(host, endpoint(each));
        queue.found(found);
    }
    CHECK(queue.places() == static_cast<std::size_t>(std::ranges::count(order, ' ')) + 1);
    return order;
}

std::vector<candidate> contact_points(std::initializer_list<const char*> hosts) {
    std::vector<candidate> all;
    for (const auto* each : hosts)
        all.emplace_back(endpoint(each));
    return all;
}

const known_names three_names{
    {"a", {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
    {"b", {"10.0.1.1", "10.0.1.2"}},
    {"c", {"10.0.0.1", "10.0.1.2", "10.0.2.1"}},
};

} // namespace

TEST_CASE("A name has its turn with its first address, and the others take turns behind all") {
    CHECK(order_of(contact_points({"1.1.1.1", "2.2.2.2"}), {}) == "1.1.1.1 2.2.2.2");
    CHECK(order_of(contact_points({"a"}), three_names) == "a=10.0.0.1 a=10.0.0.2 a=10.0.0.3");
    CHECK(order_of(contact_points({"a", "b", "1.1.1.1"}), three_names) ==
          "a=10.0.0.1 b=10.0.1.1 1.1.1.1 a=10.0.0.2 b=10.0.1.2 a=10.0.0.3");
}

TEST_CASE("What leads to the same address is tried once, where it comes first") {
    CHECK(order_of(contact_points({"a", "c"}), three_names) ==
          "a=10.0.0.1 c=10.0.1.2 a=10.0.0.2 c=10.0.2.1 a=10.0.0.3");
    CHECK(order_of(contact_points({"10.0.0.1", "a", "10.0.0.3"}), three_names) ==
          "10.0.0.1 a=10.0.0.2 10.0.0.3");
    CHECK(order_of(contact_points({"a", "10.0.0.1", "10.0.0.2", "1.1.1.1"}), three_names) ==
          "a=10.0.0.1 10.0.0.2 1.1.1.1 a=10.0.0.3");
    CHECK(order_of(contact_points({"a", "b"}), {{"a", {"::1", "::1"}}, {"b", {"::1"}}}) == "a=::1");
}

TEST_CASE("By another name that is verified it is another candidate, behind all others") {
    const candidate_queue::differences by_name{true, false};
    CHECK(order_of(contact_points({"a", "c", "10.0.0.2"}), three_names, by_name) ==
          "a=10.0.0.1 c=10.0.1.2 10.0.0.2 a=10.0.0.3 c=10.0.2.1 a=10.0.0.2 c=10.0.0.1");
    CHECK(order_of(contact_points({"10.0.0.1", "a"}), {{"a", {"10.0.0.1"}}}, by_name) ==
          "10.0.0.1 a=10.0.0.1");
    CHECK(order_of(contact_points({"a", "10.0.0.1", "1.1.1.1"}), {{"a", {"10.0.0.1"}}}, by_name) ==
          "a=10.0.0.1 1.1.1.1 10.0.0.1");
}

TEST_CASE("Where nodes are elsewhere than they say, contact points are places of their own") {
    std::vector<candidate> all{candidate(endpoint("10.0.0.1"), false), candidate(endpoint("a"))};
    CHECK(order_of(all, three_names, {false, true}) == "10.0.0.1 a=10.0.0.1 a=10.0.0.2 a=10.0.0.3");
    CHECK(order_of(all, three_names) == "10.0.0.1 a=10.0.0.2 a=10.0.0.3");
}

TEST_CASE("Names count as one place until they are looked up") {
    candidate_queue queue(contact_points({"a", "1.1.1.1"}), {});
    CHECK(queue.places() == 2);
    CHECK(queue.next().where().host() == "a");
    CHECK(queue.places() == 1); // which may lead nowhere
    queue.found({candidate("a", endpoint("10.0.0.1")), candidate("a", endpoint("10.0.0.2"))});
    CHECK(queue.places() == 3);
    CHECK(queue.next().where().host() == "10.0.0.1");
    CHECK(queue.places() == 3);
}
