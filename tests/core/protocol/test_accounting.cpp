#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

TEST_CASE(
    "R27 R30 a million requests, half of them given up at random moments, each end exactly once") {
    protocol::protocol_settings settings;
    settings.orphan_count_limit = 1u << 20;
    settings.heartbeat_interval.reset();
    settings.max_in_flight = 2048;
    harness h(settings);
    h.open();
    std::mt19937 random(20261124);
    const std::size_t total = 1'000'000;
    struct entry {
        std::unique_ptr<test_request> request;
        std::uint32_t mark = 0;
        bool given_up = false;
    };
    std::vector<entry> live;
    std::deque<std::pair<std::int16_t, std::uint32_t>> owed; // at the peer: stream and mark
    std::size_t begun = 0;
    std::size_t answered = 0;
    std::size_t failed = 0;
    std::size_t abandoned = 0;
    std::size_t wrong = 0;
    while (begun < total || !live.empty() || !owed.empty()) {
        for (int i = 0; i < 64 && begun < total && live.size() < 3000; ++i) {
            auto request = std::make_unique<test_request>(std::to_string(begun));
            if (random() % 2 == 0)
                request->deadline = h.now + std::chrono::milliseconds(1 + random() % 3);
            h.protocol->submit(*request, h.now);
            live.push_back({std::move(request), static_cast<std::uint32_t>(begun++), false});
        }
        for (const auto& frame : h.transport.take()) {
            base::byte_reader in(frame.body);
            const auto query = message::query::decode(in);
            owed.emplace_back(frame.header.stream,
                              static_cast<std::uint32_t>(std::stoul(std::string(query->cql))));
        }
        for (std::size_t i = 0, count = owed.size() / 4 + 1; i < count && !owed.empty(); ++i) {
            std::swap(owed.front(), owed[random() % owed.size()]);
            answer_with(h, owed.front().first, owed.front().second);
            owed.pop_front();
        }
        for (auto& each : live)
            if (each.request->ends() == 0 && random() % 3 == 0) {
                h.protocol->abandon(*each.request, h.now);
                each.given_up = true;
            }
        h.pass(std::chrono::milliseconds(1));
        std::erase_if(live, [&](const entry& each) {
            const auto& request = *each.request;
            if (each.given_up) {
                ++abandoned;
                wrong += request.ends() != 0;
                return true;
            }
            if (request.ends() == 0)
                return false;
            wrong +=
                request.ends() != 1 || (request.responses == 1 && mark_of(request) != each.mark);
            (request.responses == 1 ? answered : failed) += 1;
            return true;
        });
    }
    MESSAGE(answered << " answered, " << failed << " timed out, " << abandoned << " given up");
    CHECK(answered + failed + abandoned == total);
    CHECK(failed + abandoned >= total / 2);
    CHECK(answered >= total / 4);
    CHECK(wrong == 0);
    CHECK(h.protocol->in_flight() == 0);
    CHECK(h.protocol->orphans() == 0);
    CHECK(h.protocol->waiting() == 0);
    CHECK(h.protocol->deadlines() == 0);
    CHECK(h.protocol->is_ready());
}
