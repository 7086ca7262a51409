#include "core/protocol/deadline_heap.hpp"
#include "core/protocol/slot_table.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <set>

using namespace cocql;
using namespace cocql::tests;

namespace {

base::time_point at(int milliseconds) {
    return base::time_point(std::chrono::milliseconds(milliseconds));
}

/// What comes out of the heap, in its order.
std::vector<base::time_point> drained(protocol::deadline_heap& heap) {
    std::vector<base::time_point> order;
    while (!heap.empty()) {
        order.push_back(heap.earliest());
        heap.remove(heap.top());
    }
    return order;
}

} // namespace

TEST_CASE("T timers: 100 deadlines fire in order, whether they came ascending, descending or "
          "interleaved") {
    std::deque<test_request> requests(100);
    for (int i = 0; i < 100; ++i)
        requests[static_cast<std::size_t>(i)].deadline = at(i);
    protocol::deadline_heap heap;
    SUBCASE("ascending") {
        for (auto& request : requests)
            heap.insert(request);
    }
    SUBCASE("descending") {
        for (auto request = requests.rbegin(); request != requests.rend(); ++request)
            heap.insert(*request);
    }
    SUBCASE("interleaved") {
        for (std::size_t i = 0; i < 50; ++i) {
            heap.insert(requests[i]);
            heap.insert(requests[99 - i]);
        }
    }
    const auto order = drained(heap);
    REQUIRE(order.size() == 100);
    for (int i = 0; i < 100; ++i)
        CHECK(order[static_cast<std::size_t>(i)] == at(i));
}

TEST_CASE("T timers: a cancelled timer never fires") {
    std::mt19937 random(7);
    std::deque<test_request> requests(1000);
    protocol::deadline_heap heap;
    std::multiset<base::time_point> expected;
    for (auto& request : requests) {
        request.deadline = at(static_cast<int>(random() % 500));
        heap.insert(request);
        expected.insert(request.deadline);
    }
    for (std::size_t i = 0; i < requests.size(); i += 2) {
        heap.remove(requests[i]);
        heap.remove(requests[i]);
        expected.erase(expected.find(requests[i].deadline));
    }
    const auto order = drained(heap);
    CHECK(order == std::vector<base::time_point>(expected.begin(), expected.end()));
}

TEST_CASE("D9 a request without a deadline is not in the heap") {
    test_request request;
    protocol::deadline_heap heap;
    heap.insert(request);
    CHECK(heap.empty());
    CHECK(heap.earliest() == base::never);
    heap.remove(request);
}

TEST_CASE("R27 ids come from the smallest up and the one freed last is used first") {
    protocol::slot_table table(4);
    std::deque<test_request> requests(5);
    for (std::int16_t i = 0; i < 4; ++i)
        CHECK(table.take(requests[static_cast<std::size_t>(i)]) == i);
    CHECK(table.full());
    CHECK(&table.release(2) == &requests[2]);
    CHECK(table.state(2) == protocol::slot_table::slot_state::free);
    CHECK(table.take(requests[4]) == 2);
}

TEST_CASE("R27 an orphan keeps its id; the oldest is known") {
    protocol::slot_table table(3);
    std::deque<test_request> requests(3);
    for (auto& request : requests)
        table.take(request);
    CHECK(table.oldest_orphan() == base::never);
    table.orphan(1, at(10));
    table.orphan(0, at(20));
    table.orphan(2, at(30));
    CHECK(table.full());
    CHECK(table.orphans() == 3);
    CHECK(table.oldest_orphan() == at(10));
    table.release_orphan(1);
    CHECK(table.oldest_orphan() == at(20));
    table.release_orphan(2);
    table.release_orphan(0);
    CHECK(table.oldest_orphan() == base::never);
    CHECK(table.orphans() == 0);
    CHECK(table.any_in_flight() == nullptr);
}
