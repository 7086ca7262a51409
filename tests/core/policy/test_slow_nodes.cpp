#include "core/policy/slow_nodes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

using namespace cocql;
using namespace std::chrono_literals;
using policy::slow_nodes;

namespace {

uuid node(char name) {
    uuid made;
    made.bytes[0] = static_cast<std::byte>(name);
    return made;
}

/// Nodes A, B and C at moments that it is told.
class three_nodes {
  public:
    explicit three_nodes(const latency_awareness& how) : slow(how) {}

    /// Each of them was measured so often, at once.
    void measure(const std::string& names, base::duration took, int times = 1) {
        for (const char name : names)
            for (int i = 0; i < times; ++i)
                slow.took(node(name), took, now);
    }
    /// The names of those that are to be put behind.
    std::string behind() const {
        std::string names;
        for (const char name : {'A', 'B', 'C'})
            if (slow.has(node(name), now))
                names += name;
        return names;
    }

    slow_nodes slow;
    base::time_point now{1h};
};

/// Judges at each measurement, and needs few.
latency_awareness quickly() {
    return latency_awareness().minimum_measurements(5).update_interval(0s);
}

} // namespace

TEST_CASE("Slow is who takes so many times as long as the quickest, and longer by more than is "
          "tolerated") {
    struct row {
        const char* what;
        double threshold;
        base::duration tolerance;
        std::array<base::duration, 3> take;
        std::string behind;
    };
    const std::vector<row> table = {
        {"none", 2, 0s, {10ms, 11ms, 12ms}, ""},
        {"one", 2, 0s, {10ms, 11ms, 21ms}, "C"},
        {"not just twice", 2, 0s, {10ms, 11ms, 20ms}, ""},
        {"two", 2, 0s, {21ms, 10ms, 30ms}, "AC"},
        {"all alike", 2, 0s, {900ms, 900ms, 900ms}, ""},
        {"by another threshold", 3, 0s, {10ms, 21ms, 31ms}, "C"},
        {"by the least threshold", 1, 0s, {10ms, 10ms, 11ms}, "C"},
        {"too little to matter", 2, 1ms, {100us, 300us, 1100us}, ""},
        {"just too much", 2, 1ms, {100us, 300us, 1101us}, "C"},
        {"tolerance is not instead of the threshold", 2, 1ms, {10ms, 12ms, 19ms}, ""},
        {"of no time at all", 2, 0s, {0s, 0s, 1ns}, "C"},
        {"longest", 2, 0s, {1ms, 1ms, base::duration::max()}, "C"},
        {"tolerated without end", 2, base::duration::max(), {1ms, 1ms, 24h}, ""},
        {"by a threshold without end",
         std::numeric_limits<double>::infinity(),
         0s,
         {1ms, 1ms, 24h},
         ""},
    };
    for (const auto& each : table) {
        INFO(each.what);
        three_nodes all(quickly().exclusion_threshold(each.threshold).tolerance(each.tolerance));
        for (int i = 0; i < 5; ++i)
            for (std::size_t which = 0; which < 3; ++which)
                all.measure(std::string(1, "ABC"[which]), each.take[which]);
        CHECK(all.behind() == each.behind);
        CHECK(all.slow.any() == !each.behind.empty());
    }
}

TEST_CASE("Of a node without enough measurements nothing is concluded: it is neither slow nor the "
          "quickest") {
    three_nodes all(quickly());
    all.measure("AB", 10ms, 5);
    all.measure("C", 1s, 4);
    CHECK(all.behind().empty());
    all.measure("C", 1s);
    CHECK(all.behind() == "C");

    three_nodes others(quickly());
    others.measure("A", 1us, 4);
    others.measure("BC", 10ms, 50);
    CHECK(others.behind().empty());
    others.measure("A", 1us);
    CHECK(others.behind() == "BC");

    three_nodes unknown(quickly());
    CHECK(unknown.behind().empty());
    CHECK(!unknown.slow.any());
    unknown.slow.tried(node('A'), unknown.now);
    unknown.slow.forget(node('A'));
    CHECK(unknown.behind().empty());
}

TEST_CASE("The quickest is one that was measured within the retry period") {
    three_nodes all(quickly().retry_period(10s));
    all.measure("A", 1ms, 5);
    all.now += 9s;
    all.measure("BC", 10ms, 5);
    CHECK(all.behind() == "BC"); // A was that quick not long ago
    all.now += 1s;
    all.measure("BC", 10ms);
    CHECK(all.behind().empty()); // and may be like these by now
    all.measure("A", 1ms, 4);
    CHECK(all.behind().empty()); // what was measured before that counts no more
    all.measure("A", 1ms);
    CHECK(all.behind() == "BC");
}

TEST_CASE("A slow node is due when it was not measured for the retry period, one request at a "
          "time") {
    three_nodes all(quickly().retry_period(10s));
    all.measure("AB", 10ms, 50);
    all.measure("C", 1s, 5);
    const auto pass = [&](base::duration time) {
        all.now += time;
        all.measure("AB", 10ms, 50);
    };
    pass(5s);
    CHECK(all.behind() == "C");
    all.measure("C", 1s); // by a request that went there for other reasons
    pass(9s);
    CHECK(all.behind() == "C");
    pass(1s);
    CHECK(all.behind().empty());
    CHECK(all.slow.any());
    // That it may be asked is no reason to think that it was.
    pass(5s);
    CHECK(all.behind().empty());
    all.slow.tried(node('C'), all.now);
    CHECK(all.behind() == "C");

    SUBCASE("it is as slow as it was") {
        pass(1s);
        all.measure("C", 1s);
        CHECK(all.behind() == "C");
        pass(9s);
        CHECK(all.behind() == "C");
        pass(1s);
        CHECK(all.behind().empty());
    }
    SUBCASE("it does not answer") {
        pass(9s);
        CHECK(all.behind() == "C");
        pass(1s);
        CHECK(all.behind().empty());
    }
    SUBCASE("it is quick again, which one answer tells") {
        pass(10ms);
        all.measure("C", 10ms);
        CHECK(all.behind().empty());
        CHECK(!all.slow.any());
        // And slow again, which a few tell.
        all.measure("C", 1s, 3);
        CHECK(all.behind().empty());
        all.measure("C", 1s);
        CHECK(all.behind() == "C");
    }
}

TEST_CASE("A slow node that is measured all the time is slow no more when its mean is not") {
    three_nodes all(quickly().scale(1s));
    all.measure("AB", 10ms, 5);
    all.measure("C", 1s, 5);
    CHECK(all.behind() == "C");
    for (int i = 0; i < 5; ++i) {
        all.now += 1s;
        all.measure("ABC", 10ms);
        CHECK(all.behind() == "C"); // what it took before still weighs
    }
    all.now += 1s;
    all.measure("ABC", 10ms);
    CHECK(all.behind().empty());
}

TEST_CASE("Where all become slow, or the others are heard of no more, none is") {
    three_nodes all(quickly().retry_period(10s));
    all.measure("AB", 10ms, 5);
    all.measure("C", 1s, 5);
    CHECK(all.behind() == "C");
    SUBCASE("all become slow") {
        all.now += 9s;
        all.measure("AB", 1s, 50);
        CHECK(all.behind().empty());
        CHECK(!all.slow.any());
    }
    SUBCASE("only the slow one is asked") {
        for (int i = 0; i < 11; ++i) {
            all.now += 1s;
            all.measure("C", 1s);
        }
        CHECK(all.behind().empty());
        CHECK(!all.slow.any());
    }
    SUBCASE("none is asked for long") {
        all.now += 1h;
        CHECK(all.behind().empty());
        all.measure("A", 10ms);
        CHECK(!all.slow.any());
    }
    SUBCASE("the others are gone") {
        all.slow.forget(node('A'));
        all.slow.forget(node('B'));
        all.measure("C", 1s);
        CHECK(all.behind() == "");
    }
}

TEST_CASE("It is worked out no more often than is said") {
    three_nodes all(latency_awareness().minimum_measurements(5).update_interval(100ms));
    all.measure("AB", 10ms, 5); // the first of them: worked out
    all.now += 50ms;
    all.measure("C", 1s, 5);
    CHECK(all.behind().empty());
    all.now += 49ms;
    all.measure("A", 10ms);
    CHECK(all.behind().empty());
    all.now += 1ms;
    all.measure("A", 10ms);
    CHECK(all.behind() == "C");
    // That a slow one is quick again is seen at once.
    all.slow.forget(node('C'));
    CHECK(!all.slow.any());
    all.measure("C", 1s, 5);
    all.now += 100ms;
    all.measure("A", 10ms);
    CHECK(all.behind() == "C");
    all.now += 11s;
    all.measure("B", 10ms, 5);
    all.now += 1ms;
    all.measure("B", 10ms, 5);
    all.now += 100ms;
    all.measure("B", 10ms);
    all.now += 1ms;
    all.measure("C", 10ms);
    CHECK(!all.slow.any());
}

TEST_CASE("What was not waited for to its end counts where it waited longer than the node takes") {
    three_nodes all(quickly());
    all.measure("AB", 10ms, 5);
    all.measure("C", 10ms, 4);
    all.slow.took_longer(node('C'), 1us, all.now); // given up at once
    all.measure("A", 10ms);
    CHECK(all.behind().empty());
    all.slow.took_longer(node('C'), 1s, all.now);
    CHECK(all.behind() == "C");

    three_nodes silent(quickly());
    silent.measure("AB", 10ms, 5);
    for (int i = 0; i < 5; ++i)
        silent.slow.took_longer(node('C'), 1s, silent.now); // it has never answered
    CHECK(silent.behind() == "C");
    silent.slow.forget(node('C'));
    CHECK(silent.behind().empty());
    CHECK(!silent.slow.any());

    // What is given up at once (the slower one of two attempts) does not make a quick node.
    three_nodes hasty(quickly());
    hasty.measure("AB", 10ms, 5);
    for (int i = 0; i < 50; ++i)
        hasty.slow.took_longer(node('C'), 1us, hasty.now);
    hasty.measure("AB", 10ms);
    CHECK(hasty.behind().empty());
    three_nodes longest(quickly());
    longest.measure("AB", 10ms, 5);
    for (int i = 0; i < 5; ++i)
        longest.slow.took_longer(node('C'), base::duration::max(), longest.now);
    CHECK(longest.behind() == "C");
}

TEST_CASE("Settings that make no sense do no harm") {
    for (const base::duration rest : {base::duration(0), base::duration(-1s)}) {
        three_nodes all(quickly().retry_period(rest));
        all.measure("AB", 10ms, 50);
        all.measure("C", 1s, 50);
        CHECK(all.behind().empty());
    }
    three_nodes endless(quickly().retry_period(std::nullopt));
    endless.measure("AB", 10ms, 5);
    endless.measure("C", 1s, 5);
    endless.now += 24h * 365;
    endless.measure("AB", 10ms, 5);
    CHECK(endless.behind() == "C");
    three_nodes eager(latency_awareness().minimum_measurements(0).update_interval(-1s));
    eager.measure("A", 10ms);
    eager.measure("B", 1s);
    eager.measure("C", -1s); // no time is less than none
    CHECK(eager.behind() == "AB");
}
