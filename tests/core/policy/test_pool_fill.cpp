#include "core/policy/pool_fill.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

using namespace cocql;
using namespace std::chrono_literals;
using policy::pool_fill;
using use = policy::pool_fill::use;

namespace {

const base::time_point start{1h};

/// Opens one after the other as the fill asks for, until it asks for none; the server's acceptor
/// chooses the shards of those that come by the usual port.
struct filling {
    explicit filling(pool_fill& which, std::function<std::uint32_t()> acceptor)
        : fill(which), choose(std::move(acceptor)) {}

    void run(base::time_point now) {
        while (const auto step = fill.next(now, 15)) {
            ++attempts;
            const auto shard = step->shard && !rewritten ? *step->shard : choose();
            const auto verdict = fill.opened(*step, shard, static_cast<std::size_t>(kept), now);
            by_port += step->shard ? 1 : 0;
            served += verdict.what == use::serve ? 1 : 0;
            kept += verdict.what == use::keep ? 1 : 0;
            warnings += verdict.rewritten ? 1 : 0;
            overs += verdict.over ? 1 : 0;
        }
    }

    pool_fill& fill;
    std::function<std::uint32_t()> choose;
    bool rewritten = false;
    int attempts = 0, by_port = 0, served = 0, kept = 0, warnings = 0, overs = 0;
};

pool_fill::limits per_shard(std::uint32_t count) {
    pool_fill::limits limits;
    limits.per_shard = count;
    return limits;
}

std::uint32_t nobody() {
    FAIL("the usual port is not to be used");
    return 0;
}

} // namespace

TEST_CASE("A node that is about to end a connection is not connected to before a rest") {
    pool_fill fill(per_shard(2));
    fill.begin(2, true);
    filling run(fill, nobody);
    run.run(start);
    REQUIRE(fill.is_full());
    fill.left(1, start, 15);
    fill.left(0, start, 15); // of the same
    CHECK(!fill.is_full());
    CHECK(!fill.next(start, 15));
    CHECK(fill.wakes_at(start) == start + 1s);
    run.run(start + 1s);
    CHECK(fill.is_full());
    // As others do, it is there at once where there is a reason to believe so.
    fill.left(0, start + 2s, 15);
    fill.wake();
    CHECK(fill.next(start + 2s, 15));
}

TEST_CASE("A node that may be back is tried at once, however often it was tried in vain") {
    for (const bool has_port : {false, true})
        for (int vain = 0; vain < 8; ++vain) {
            CAPTURE(has_port);
            CAPTURE(vain);
            pool_fill fill(per_shard(1));
            fill.begin(1, has_port);
            for (int i = 0; i < vain; ++i) {
                fill.wake();
                const auto step = fill.next(start, 15);
                REQUIRE(step);
                fill.failed(*step, start, 15);
                CHECK(!fill.next(start, 15)); // it rests, as long as nobody knows better
            }
            fill.wake();
            CHECK(fill.next(start, 15));
        }
}

TEST_CASE("By the port that chooses each shard gets its connections at the first attempt") {
    pool_fill fill(per_shard(2));
    fill.begin(8, true);
    filling run(fill, nobody);
    run.run(start);
    CHECK(fill.is_full());
    CHECK(run.attempts == 16);
    CHECK(run.served == 16);
    CHECK(run.overs == 1);
    CHECK(fill.wakes_at(start) == base::never);
}

TEST_CASE("No more than two are set up at a time, and one for each shard") {
    pool_fill fill(per_shard(3));
    fill.begin(4, true);
    const auto first = fill.next(start, 0);
    const auto second = fill.next(start, 0);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(*first->shard != *second->shard);
    CHECK(!fill.next(start, 0));
    fill.opened(*first, *first->shard, 0, start);
    CHECK(fill.next(start, 0));
    CHECK(!fill.next(start, 0));

    pool_fill one(per_shard(3));
    one.begin(1, true);
    CHECK(one.next(start, 0));
    CHECK(!one.next(start, 0)); // of the only shard one is being set up
}

TEST_CASE("A node without shards gets its connections by the usual port") {
    pool_fill fill(per_shard(3));
    fill.begin(1, false);
    filling run(fill, [] { return 0u; });
    run.run(start);
    CHECK(run.served == 3);
    CHECK(run.attempts == 3);
    CHECK(fill.is_full());
    // The last is not set up twice.
    pool_fill last(per_shard(1));
    last.begin(1, false);
    CHECK(last.next(start, 0));
    CHECK(!last.next(start, 0));
}

TEST_CASE("Whatever the server's acceptor does, attempts are bounded, and then there is a rest") {
    std::minstd_rand random(7);
    std::uint32_t turn = 0;
    struct acceptor {
        const char* name;
        std::function<std::uint32_t()> choose;
        bool fills;
    };
    const std::vector<acceptor> all{
        {"round robin", [&] { return turn++ % 8; }, true},
        {"random", [&] { return static_cast<std::uint32_t>(random() % 8); }, false},
        {"constant", [] { return 5u; }, false}};
    for (const auto& each : all) {
        CAPTURE(each.name);
        pool_fill fill(per_shard(1));
        fill.begin(8, false);
        filling run(fill, each.choose);
        run.run(start);
        CHECK(run.attempts <= 24);
        CHECK(run.kept <= 16);
        if (each.fills)
            CHECK(fill.is_full());
        if (fill.is_full())
            continue;
        CHECK(fill.wakes_at(start) == start + 1s);
        const auto before = run.attempts;
        run.run(start + 999ms);
        CHECK(run.attempts == before);
        run.run(start + 1s);
        CHECK(run.attempts > before);
        CHECK(run.attempts <= before + 24);
    }
}

TEST_CASE("A port that is rewritten on the way is given up for five minutes, and told once") {
    pool_fill fill(per_shard(1));
    fill.begin(4, true);
    std::uint32_t turn = 1; // never the one that is asked for first
    filling run(fill, [&] { return turn++ % 4; });
    run.rewritten = true;
    run.run(start);
    CHECK(run.warnings == 1);
    CHECK(run.by_port == 1);
    CHECK(fill.is_full());
    run.rewritten = false;
    fill.lost(2);
    turn = 2;
    run.run(start + 4min);
    CHECK(run.by_port == 1);
    CHECK(fill.is_full());
    fill.lost(2);
    run.run(start + 5min);
    CHECK(run.by_port == 2);
    CHECK(run.warnings == 1);
}

TEST_CASE("What fails is tried again after a rest that grows, and success ends that") {
    pool_fill fill(per_shard(1), policy::backoff(1s, 8s));
    fill.begin(2, true);
    const auto one = fill.next(start, 15);
    const auto two = fill.next(start, 15);
    fill.failed(*one, start, 15);
    fill.failed(*two, start, 15); // together with it: one failure
    CHECK(!fill.next(start, 15));
    CHECK(fill.wakes_at(start) == start + 1s);
    const auto again = fill.next(start + 1s, 15);
    REQUIRE(again);
    fill.failed(*again, start + 1s, 15);
    CHECK(fill.wakes_at(start + 1s) == start + 3s);
    fill.wake();
    filling run(fill, nobody);
    run.run(start + 2s);
    CHECK(fill.is_full());
    fill.lost(0);
    const auto later = fill.next(start + 10s, 15);
    REQUIRE(later);
    fill.failed(*later, start + 10s, 15);
    CHECK(fill.wakes_at(start + 10s) == start + 11s);
}

TEST_CASE("A node that stays down is tried after each rest, however often that was in vain") {
    pool_fill fill(per_shard(1), policy::backoff(1s, 8s));
    fill.begin(1, false);
    auto now = start;
    for (int attempt = 1; attempt <= 10; ++attempt) {
        CAPTURE(attempt);
        const auto step = fill.next(now, 15);
        REQUIRE(step);
        fill.failed(*step, now, 15);
        const auto next = fill.wakes_at(now);
        CHECK(next - now == std::min(1s * (1 << (attempt - 1)), 8s));
        now = next;
    }
}

TEST_CASE("Both connections die in one tick and are refused once: they come back by themselves") {
    pool_fill fill(per_shard(2), policy::backoff(1s, 8s));
    fill.begin(1, false);
    filling run(fill, [] { return 0u; });
    run.run(start);
    fill.lost(0);
    fill.lost(0);
    const auto one = fill.next(start, 15);
    const auto two = fill.next(start, 15);
    REQUIRE(two);
    fill.failed(*one, start, 15);
    fill.failed(*two, start, 15);
    REQUIRE(fill.wakes_at(start) == start + 1s);
    run.run(start + 1s);
    CHECK(fill.is_full());
}

TEST_CASE("The number of shards changes while some are being set up") {
    for (const std::uint32_t after : {2u, 8u}) {
        CAPTURE(after);
        pool_fill fill(per_shard(1));
        fill.begin(4, true);
        std::vector<pool_fill::step> under_way;
        for (int i = 0; i < 2; ++i)
            under_way.push_back(*fill.next(start, 0));
        fill.begin(after, true);
        CHECK(!fill.next(start, 0)); // these two are still on their way
        const auto came = fill.opened(under_way[0], after - 1, 0, start);
        CHECK(came.what == use::serve);
        CHECK(!came.rewritten); // it was asked for when there were four
        fill.failed(under_way[1], start, 0);
        fill.wake();
        filling run(fill, nobody);
        run.run(start);
        CHECK(fill.is_full());
        CHECK(fill.shards() == after);
    }
}

TEST_CASE("By any schedule no bound is passed, and what can be filled is") {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::minstd_rand random(seed);
        const auto chance = [&] { return static_cast<std::uint32_t>(random()); };
        const auto below = [&](std::uint32_t bound) { return chance() % bound; };
        const auto shards = 1 + below(6);
        pool_fill fill(per_shard(1 + below(3)));
        fill.begin(shards, below(2) == 0);
        const bool shared_out = below(2) == 0;
        std::vector<pool_fill::step> under_way;
        std::vector<std::uint32_t> serving;
        auto now = start;
        for (int i = 0; i < 2'000; ++i) {
            if (const auto step = fill.next(now, chance()))
                under_way.push_back(*step);
            REQUIRE(under_way.size() <= 2);
            if (!under_way.empty() && below(2) == 0) {
                const auto step = under_way.back();
                under_way.pop_back();
                const auto shard = step.shard && below(4) != 0 ? *step.shard : below(shards);
                if (below(5) == 0)
                    fill.failed(step, now, chance());
                else if (fill.opened(step, shard, 0, now).what == use::serve)
                    serving.push_back(shard);
            }
            if (!serving.empty() && below(20) == 0) {
                fill.lost(serving.back());
                serving.pop_back();
            }
            if (shared_out && below(50) == 0) {
                const auto of = 1 + below(8);
                fill.have_share({below(of), of});
                std::erase_if(serving, [&](std::uint32_t shard) { return !fill.wants(shard); });
            }
            now += std::chrono::milliseconds(below(300));
        }
        // From here on nothing fails, and each shard is met in its turn.
        for (std::uint32_t i = 0; i < 10'000 && !fill.is_full(); ++i) {
            if (const auto step = fill.next(now, chance()))
                under_way.push_back(*step);
            if (!under_way.empty()) {
                fill.opened(under_way.back(), under_way.back().shard.value_or(i % shards), 0, now);
                under_way.pop_back();
            }
            now += 100ms;
        }
        CHECK(fill.is_full());
    }
}

TEST_CASE("Where the first is to be alone no other is opened until one serves") {
    pool_fill::limits bounds;
    bounds.per_shard = 4;
    bounds.first_alone = true;
    pool_fill fill(bounds);
    fill.begin(1, false);
    const auto first = fill.next(start, 0);
    REQUIRE(first);
    CHECK(!fill.next(start, 0));
    fill.failed(*first, start, 0);
    const auto later = fill.wakes_at(start);
    const auto second = fill.next(later, 0);
    REQUIRE(second);
    CHECK(!fill.next(later, 0));
    CHECK(fill.opened(*second, 0, 0, later).what == use::serve);
    const auto third = fill.next(later, 0);
    const auto fourth = fill.next(later, 0);
    CHECK(third);
    REQUIRE(fourth);
    CHECK(!fill.next(later, 0));
    fill.forget(*third);
    fill.forget(*fourth);
    fill.lost(0); // none serves
    CHECK(fill.next(later, 0));
    CHECK(!fill.next(later, 0));
}

TEST_CASE("Where shards are shared out one's own get connections by the port, and no others") {
    for (std::uint32_t place = 0; place < 3; ++place) {
        CAPTURE(place);
        pool_fill fill(per_shard(2));
        fill.have_share({place, 3});
        fill.begin(8, true);
        std::vector<int> served(8, 0);
        while (const auto step = fill.next(start, 0)) {
            REQUIRE(step->shard);
            ++served[*step->shard];
            CHECK(fill.opened(*step, *step->shard, 0, start).what == use::serve);
        }
        CHECK(fill.is_full());
        for (std::uint32_t shard = 0; shard < 8; ++shard)
            CHECK(served[shard] == (shard % 3 == place ? 2 : 0));
        CHECK(fill.wakes_at(start) == base::never);
    }
}

TEST_CASE("By the usual port one meets others' shards, too, and has enough with one's own") {
    pool_fill fill(per_shard(1));
    fill.have_share({1, 4});
    fill.begin(8, false);
    std::uint32_t turn = 0;
    filling run(fill, [&] { return turn++ % 8; });
    run.run(start);
    CHECK(fill.is_full());
    CHECK(run.attempts == 6); // up to the shard 5
    CHECK(run.served == 2);
    CHECK(run.kept == 4); // until then, lest the server choose them again
    CHECK(run.overs == 1);
}

TEST_CASE("An acceptor that only gives others' shards is not asked without end") {
    pool_fill fill(per_shard(1));
    fill.have_share({1, 2});
    fill.begin(4, false);
    filling run(fill, [] { return 2u; });
    run.run(start);
    CHECK(!fill.is_full());
    CHECK(run.attempts == 12);
    CHECK(run.served == 0);
    CHECK(run.kept == 8);
    CHECK(fill.wakes_at(start) == start + 1s);
}

TEST_CASE("A share that grows lacks what is new in it, one that shrinks has enough at once") {
    pool_fill fill(per_shard(1));
    fill.begin(4, true);
    filling run(fill, nobody);
    run.run(start);
    fill.have_share({0, 2});
    CHECK(fill.is_full());
    CHECK(!fill.wants(1));
    CHECK(!fill.next(start, 0));
    fill.have_share({1, 2});
    CHECK(!fill.is_full());
    run.run(start);
    CHECK(fill.is_full());
    CHECK(run.by_port == 6);
    fill.have_share({0, 1});
    run.run(start);
    CHECK(run.by_port == 8);
    // Another number of them changes nothing in whose they are.
    fill.have_share({2, 3});
    fill.begin(6, true);
    run.run(start);
    CHECK(run.by_port == 10);
}

TEST_CASE("What is being set up to a shard that becomes another's holds nothing up") {
    pool_fill fill(per_shard(1));
    fill.have_share({0, 4});
    fill.begin(4, true);
    const auto before = fill.next(start, 0);
    REQUIRE(before);
    CHECK(*before->shard == 0);
    fill.have_share({3, 4});
    const auto own = fill.next(start, 0);
    REQUIRE(own);
    CHECK(*own->shard == 3);
    const auto late = fill.opened(*before, 0, 0, start);
    CHECK(late.what == use::keep);
    CHECK(!late.rewritten); // it led where it was to lead
    const auto last = fill.opened(*own, 3, 1, start);
    CHECK(last.what == use::serve);
    CHECK(last.over);
}

TEST_CASE("What was opened for a share before this one serves again where its shard lacks one") {
    pool_fill fill(per_shard(1));
    fill.begin(4, true);
    filling run(fill, nobody);
    run.run(start);
    fill.have_share({0, 2});
    CHECK(!fill.serve(1)); // another's
    CHECK(!fill.serve(2)); // has one
    CHECK(!fill.serve(4));
    fill.have_share({0, 1});
    CHECK(fill.serve(1));
    CHECK(!fill.serve(1));
    run.run(start);
    CHECK(run.by_port == 5);
}

TEST_CASE("The first one is alone until it is there, to whichever shard it leads") {
    pool_fill::limits bounds;
    bounds.first_alone = true;
    pool_fill fill(bounds);
    fill.have_share({1, 2});
    fill.begin(4, false);
    const auto first = fill.next(start, 0);
    REQUIRE(first);
    CHECK(!fill.next(start, 0));
    CHECK(fill.opened(*first, 0, 0, start).what == use::keep);
    CHECK(fill.next(start, 0));
    CHECK(fill.next(start, 0));
}
