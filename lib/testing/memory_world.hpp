#pragma once

#include "testing/manual_clock.hpp"
#include "testing/memory_network.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <random>

namespace cocql::testing {

/// What there is around all that begins on an io_context: a time that only it moves on, a network
/// in memory, and a chance that is the same each time. Neither a socket nor the real time is
/// needed, and what happens is the same in each run. One thread.
class memory_world {
  public:
    /// That of a context, which has it from now on; `seed` where it has none yet.
    static std::shared_ptr<memory_world> of(boost::asio::io_context& context, std::uint64_t seed);
    explicit memory_world(std::uint64_t seed) : seeds(seed) {}
    memory_world(const memory_world&) = delete;
    memory_world& operator=(const memory_world&) = delete;

    /// Runs the context until that is so, which is asked whenever nothing is to be done. Then the
    /// time moves on to the next moment that anybody waits for. Throws std::logic_error where there
    /// is none, or none within a day, or where there is always something to be done, and what
    /// leaves through io_context::poll_one().
    void run_until(boost::asio::io_context& context, const std::function<bool()>& is_so);
    /// Runs the context for so long; nothing that falls due then is left to be done at its end.
    void run_for(boost::asio::io_context& context, base::duration time);

    manual_clock clock;
    memory_network network;
    std::mt19937_64 seeds;
    /// So much is done in one moment, and no more: whoever asks again and again whether something
    /// has happened, instead of waiting for it, keeps the time from moving on.
    std::uint64_t patience = 100'000'000;

  private:
    class of_context;
    void run_until_quiet(boost::asio::io_context& context);
};

} // namespace cocql::testing
