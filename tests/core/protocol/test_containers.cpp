#include "core/protocol/deadline_heap.hpp"
#include "core/protocol/deadline_queue.hpp"
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

/// What comes out, in its order.
template <class Deadlines>
std::vector<base::time_point> drained(Deadlines& deadlines) {
    std::vector<base::time_point> order;
    while (!deadlines.empty()) {
        order.push_back(deadlines.earliest());
        CHECK(deadlines.top().deadline == order.back());
        deadlines.remove(deadlines.top());
    }
    return order;
}

/// The same for both ways in which deadlines are kept.
template <class Test>
void with_both(Test test) {
    test(protocol::deadline_heap());
    test(protocol::deadline_queue());
}

} // namespace

TEST_CASE("T timers: 100 deadlines fire in order, whether they came ascending, descending or "
          "interleaved") {
    const auto ascending = [](auto& deadlines, auto& requests) {
        for (auto& request : requests)
            deadlines.insert(request);
    };
    const auto descending = [](auto& deadlines, auto& requests) {
        for (auto request = requests.rbegin(); request != requests.rend(); ++request)
            deadlines.insert(*request);
    };
    const auto interleaved = [](auto& deadlines, auto& requests) {
        for (std::size_t i = 0; i < 50; ++i) {
            deadlines.insert(requests[i]);
            deadlines.insert(requests[99 - i]);
        }
    };
    const auto check = [](auto insert) {
        with_both([&](auto deadlines) {
            std::deque<test_request> requests(100);
            for (int i = 0; i < 100; ++i)
                requests[static_cast<std::size_t>(i)].deadline = at(i);
            insert(deadlines, requests);
            const auto order = drained(deadlines);
            REQUIRE(order.size() == 100);
            for (int i = 0; i < 100; ++i)
                CHECK(order[static_cast<std::size_t>(i)] == at(i));
        });
    };
    check(ascending);
    check(descending);
    check(interleaved);
}

TEST_CASE("T timers: a cancelled timer never fires") {
    with_both([](auto deadlines) {
        std::mt19937 random(7);
        std::deque<test_request> requests(1000);
        std::multiset<base::time_point> expected;
        for (auto& request : requests) {
            request.deadline = at(static_cast<int>(random() % 500));
            deadlines.insert(request);
            expected.insert(request.deadline);
        }
        for (std::size_t i = 0; i < requests.size(); i += 2) {
            deadlines.remove(requests[i]);
            deadlines.remove(requests[i]);
            expected.erase(expected.find(requests[i].deadline));
        }
        CHECK(deadlines.size() == expected.size());
        const auto order = drained(deadlines);
        CHECK(order == std::vector<base::time_point>(expected.begin(), expected.end()));
    });
}

TEST_CASE(
    "T timers: requests with two time-outs, coming and going at random, never lose the earliest") {
    std::mt19937 random(11);
    std::deque<test_request> requests(300);
    protocol::deadline_queue deadlines;
    std::multiset<base::time_point> expected;
    std::set<std::size_t> inside;
    for (int now = 0; now < 20'000; ++now) {
        const auto which = random() % requests.size();
        auto& request = requests[which];
        if (inside.erase(which) != 0) {
            deadlines.remove(request);
            expected.erase(expected.find(request.deadline));
        } else {
            request.deadline = at(now + (random() % 4 == 0 ? 100 : 5'000));
            deadlines.insert(request);
            expected.insert(request.deadline);
            inside.insert(which);
        }
        REQUIRE(deadlines.size() == expected.size());
        REQUIRE(deadlines.earliest() == (expected.empty() ? base::never : *expected.begin()));
        if (!expected.empty())
            REQUIRE(deadlines.top().deadline == *expected.begin());
    }
}

TEST_CASE("D9 a request without a deadline is not among the deadlines") {
    with_both([](auto deadlines) {
        test_request request;
        deadlines.insert(request);
        CHECK(deadlines.empty());
        CHECK(deadlines.earliest() == base::never);
        deadlines.remove(request);
    });
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

TEST_CASE(
    "R31 a full table has one id more, for once at a time, unless it has all that there are") {
    protocol::slot_table table(2);
    std::deque<test_request> requests(2);
    test_request own;
    for (std::size_t taken = 0; taken <= 2; ++taken) {
        CAPTURE(taken);
        REQUIRE(table.has_spare());
        CHECK(table.state(2) == protocol::slot_table::slot_state::free);
        CHECK(table.release_taken(2) == nullptr);
        for (const bool checked : {false, true}) {
            CHECK(table.take_spare(own) == 2);
            CHECK(table.state(2) == protocol::slot_table::slot_state::taken);
            CHECK(table.in_flight() == taken);
            CHECK(table.full() == (taken == 2));
            CHECK((checked ? table.release_taken(2) : &table.release(2)) == &own);
        }
        if (taken < 2)
            table.take(requests[taken]);
    }
    table.release(0);
    table.release(1);
    table.take_spare(own);
    CHECK(table.any_in_flight() == &own);
    table.release(2);
    CHECK(table.any_in_flight() == nullptr);
    CHECK_FALSE(protocol::slot_table(protocol::slot_table::id_count).has_spare());
    CHECK_FALSE(protocol::slot_table(1'000'000).has_spare());
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
