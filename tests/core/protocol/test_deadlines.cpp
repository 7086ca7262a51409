#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;
using namespace std::chrono_literals;

namespace {

/// Keeps time as stream_transport does: asks for the deadline, comes back then or when it is told
/// of another one, and asks again.
class timekeeper {
  public:
    explicit timekeeper(harness& h) : h_(h) { arm(); }

    void look() {
        if (h_.transport.deadline_changes != changes_seen_)
            arm();
    }
    void advance(base::duration time) {
        look();
        const auto until = h_.now + time;
        while (armed_for_ <= until) {
            h_.now = std::max(h_.now, armed_for_);
            if (h_.now >= h_.protocol->next_deadline())
                h_.protocol->handle_timeout(h_.now);
            arm();
        }
        h_.now = until;
    }

  private:
    void arm() {
        changes_seen_ = h_.transport.deadline_changes;
        armed_for_ = h_.protocol->next_deadline();
    }

    harness& h_;
    int changes_seen_ = 0;
    base::time_point armed_for_ = base::never;
};

protocol::protocol_settings without_heartbeat() {
    protocol::protocol_settings settings;
    settings.heartbeat_interval.reset();
    return settings;
}

std::int16_t submit(harness& h, test_request& request, base::duration limit) {
    request.deadline = h.now + limit;
    h.protocol->submit(request, h.now);
    return h.transport.take().at(0).header.stream;
}

} // namespace

TEST_CASE("R27 a request ends at its deadline on a connection that is older than its first "
          "time-out") {
    harness h(without_heartbeat());
    h.open();
    timekeeper time(h);
    test_request answered;
    const auto id = submit(h, answered, 500ms);
    time.look();
    answer_with(h, id, 1);
    time.advance(1s);
    test_request silent;
    submit(h, silent, 500ms);
    time.advance(499ms);
    CHECK(silent.ends() == 0);
    time.advance(1ms);
    REQUIRE(silent.failures == 1);
    CHECK(silent.failure->is(errc::timed_out));
}

TEST_CASE("R27 a request that waits for an id ends at its deadline on a connection that is older "
          "than its first time-out") {
    auto settings = without_heartbeat();
    settings.max_in_flight = 1;
    harness h(settings);
    h.open();
    timekeeper time(h);
    test_request first;
    answer_with(h, submit(h, first, 500ms), 1);
    time.advance(1s);
    test_request patient;
    submit(h, patient, 1h);
    test_request waiting;
    waiting.deadline = h.now + 300ms;
    h.protocol->submit(waiting, h.now);
    CHECK(h.protocol->waiting() == 1);
    time.advance(300ms);
    REQUIRE(waiting.failures == 1);
    CHECK(waiting.failure->is(errc::timed_out));
    CHECK(waiting.failure->outcome() == request_outcome::not_sent);
}

TEST_CASE("R27 an orphan grows too old on a connection that is older than its first time-out") {
    auto settings = without_heartbeat();
    settings.orphan_age_limit = 20s;
    harness h(settings);
    h.open();
    timekeeper time(h);
    test_request first;
    answer_with(h, submit(h, first, 500ms), 1);
    time.advance(1s);
    test_request given_up;
    submit(h, given_up, 1h);
    h.protocol->abandon(given_up, h.now);
    time.advance(19s);
    CHECK(h.listener.draining == 0);
    time.advance(1s);
    CHECK(h.listener.draining == 1);
}

TEST_CASE("R31 a heartbeat is sent, and missed, on a connection that is older than its first "
          "time-out") {
    harness h;
    h.open();
    timekeeper time(h);
    test_request first;
    answer_with(h, submit(h, first, 500ms), 1);
    time.advance(30s);
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::options);
    time.advance(5s);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::heartbeat_failed));
}

namespace {

/// A life of random requests, answers, time-outs, cancellations, pauses of writing, and of silence
/// that is longer than every deadline.
class random_life {
  public:
    explicit random_life(std::uint32_t seed) : random_(seed), h_(settings()), time_(h_) {}

    void live(int steps) {
        h_.open();
        for (int step = 0; step < steps && !h_.protocol->is_over(); ++step) {
            take_a_step();
            collect_sent();
            check();
        }
    }
    std::size_t timed_out = 0;
    std::size_t answered = 0;

  private:
    static protocol::protocol_settings settings() {
        protocol::protocol_settings settings;
        settings.max_in_flight = 20;
        settings.orphan_count_limit = 1'000'000;
        settings.orphan_age_limit = std::chrono::hours(1'000'000);
        settings.heartbeat_interval = 700ms;
        settings.heartbeat_timeout = 300ms;
        return settings;
    }
    std::size_t below(std::size_t count) { return random_() % count; }

    void take_a_step() {
        switch (below(8)) {
        case 0:
        case 1:
        case 2:
            ask();
            break;
        case 3:
        case 4:
            answer_one();
            break;
        case 5:
            if (!asked_.empty())
                give_up(below(asked_.size()));
            break;
        case 6:
            pause_or_resume();
            break;
        default:
            pass(std::chrono::milliseconds(below(4) == 0 ? 2'000 : below(20)));
            break;
        }
        time_.look();
    }
    /// In pieces short enough for heartbeats to be answered.
    void pass(base::duration time) {
        for (; time > base::duration::zero(); time -= 100ms) {
            time_.advance(std::min<base::duration>(time, 100ms));
            collect_sent();
            time_.look();
        }
    }
    void ask() {
        auto request = std::make_unique<test_request>();
        if (below(8) != 0)
            request->deadline = h_.now + std::chrono::milliseconds(1 + below(1'000));
        h_.protocol->submit(*request, h_.now);
        asked_.push_back(std::move(request));
    }
    void answer_one() {
        if (owed_.empty())
            return;
        const auto which = static_cast<std::ptrdiff_t>(below(owed_.size()));
        const auto id = owed_[static_cast<std::size_t>(which)];
        owed_.erase(owed_.begin() + which);
        answer_with(h_, id, 1);
    }
    void give_up(std::size_t which) {
        if (asked_[which]->ends() == 0)
            h_.protocol->abandon(*asked_[which], h_.now);
        asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    void pause_or_resume() {
        if (h_.protocol->is_writing_paused())
            h_.protocol->resume_writing(h_.now);
        else if (below(4) == 0)
            h_.protocol->pause_writing();
    }
    /// Heartbeats are answered at once, so that the connection lives.
    void collect_sent() {
        for (;;) {
            const auto sent = h_.transport.take();
            if (sent.empty())
                return;
            for (const auto& frame : sent)
                if (frame.header.opcode == opcode::options)
                    h_.answer_supported(frame.header.stream);
                else
                    owed_.push_back(frame.header.stream);
        }
    }
    void check() {
        for (const auto& request : asked_) {
            const bool late = request->ends() == 0 && request->deadline <= h_.now;
            CHECK(!late);
        }
        std::erase_if(asked_, [this](const auto& request) {
            timed_out += request->failures != 0 && request->failure->is(errc::timed_out) ? 1u : 0u;
            answered += request->responses != 0 ? 1u : 0u;
            CHECK(request->ends() <= 1);
            return request->ends() != 0;
        });
    }

    std::mt19937 random_;
    harness h_;
    timekeeper time_;
    std::vector<std::unique_ptr<test_request>> asked_;
    std::vector<std::int16_t> owed_;
};

} // namespace

TEST_CASE("R27 no request ever ends later than its deadline: 500 random lives") {
    std::size_t timed_out = 0;
    std::size_t answered = 0;
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        random_life life(seed);
        life.live(300);
        timed_out += life.timed_out;
        answered += life.answered;
    }
    MESSAGE(answered << " answered, " << timed_out << " timed out");
    CHECK(timed_out > 5'000);
    CHECK(answered > 5'000);
}
