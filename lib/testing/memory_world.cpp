#include "testing/memory_world.hpp"

#include "io/connect/surroundings.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace cocql::testing {

namespace asio = boost::asio;

namespace {

/// Something goes on for ever, such as heartbeats, while somebody waits for what never comes.
constexpr auto longest = std::chrono::hours(24);

} // namespace

class memory_world::of_context final : public asio::execution_context::service {
  public:
    inline static asio::execution_context::id id;

    explicit of_context(asio::execution_context& context)
        : asio::execution_context::service(context) {}

    std::shared_ptr<memory_world> what;

  private:
    void shutdown() override {}
};

std::shared_ptr<memory_world> memory_world::of(asio::io_context& context, std::uint64_t seed) {
    auto& known = asio::use_service<of_context>(context).what;
    if (known == nullptr) {
        known = std::make_shared<memory_world>(seed);
        const io::surroundings made(known, known->clock, known->network, &known->seeds);
        made.belong_to(context);
    }
    return known;
}

void memory_world::run_until_quiet(asio::io_context& context) {
    for (auto left = patience;; --left) {
        context.restart();
        if (context.poll_one() == 0)
            return;
        if (left == 0)
            throw std::logic_error("somebody has something to do again and again, and time does "
                                   "not pass meanwhile");
    }
}

void memory_world::run_until(asio::io_context& context, const std::function<bool()>& is_so) {
    const auto latest = clock.now() + longest;
    for (;;) {
        run_until_quiet(context);
        if (is_so())
            return;
        const auto next = clock.next();
        if (next == base::never)
            throw std::logic_error("nobody waits for any moment, and nothing is left to be done");
        if (next > latest)
            throw std::logic_error("a day has passed, and it is not over");
        clock.advance(std::max(next, clock.now()) - clock.now());
    }
}

void memory_world::run_for(asio::io_context& context, base::duration time) {
    const auto end = base::after(clock.now(), time);
    run_until_quiet(context);
    while (clock.now() < end) {
        clock.advance(std::min(clock.next(), end) - clock.now());
        run_until_quiet(context);
    }
}

} // namespace cocql::testing
