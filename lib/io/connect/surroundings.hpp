#pragma once

#include "io/bridge/clock.hpp"
#include "io/connect/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <utility>

namespace cocql::io {

/// Where connections and sessions have their time, their streams and their chance from: what this
/// machine has, or a test's own. To be kept by whoever uses it: a test's may have no other owner.
class surroundings {
  public:
    /// Another clock, which is borrowed; all else is the machine's.
    surroundings(io::clock& clock) noexcept : clock_(&clock), network_(&real_network()) {}
    /// All of it belongs to `owner`; `seeds` may be null.
    surroundings(std::shared_ptr<const void> owner, io::clock& clock, io::network& network,
                 std::mt19937_64* seeds) noexcept
        : owner_(std::move(owner)), clock_(&clock), network_(&network), seeds_(seeds) {}

    /// Of what runs there: the machine's, unless the executor's context has been given its own.
    static surroundings of(const boost::asio::any_io_executor& executor);
    /// Gives a context its own, for what begins there from now on; while nothing runs there.
    void belong_to(boost::asio::execution_context& context) const;

    io::clock& clock() const noexcept { return *clock_; }
    io::network& network() const noexcept { return *network_; }
    /// What something that goes by chance is to begin with: something else each time, and the same
    /// in the same order where a test says so.
    std::uint64_t seed() const { return seeds_ != nullptr ? (*seeds_)() : std::random_device()(); }

  private:
    class of_context;

    std::shared_ptr<const void> owner_;
    io::clock* clock_;
    io::network* network_;
    std::mt19937_64* seeds_ = nullptr;
};

} // namespace cocql::io
