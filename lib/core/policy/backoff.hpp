#pragma once

#include "core/base/time.hpp"

#include <chrono>
#include <cstdint>

namespace cocql::policy {

/// How long to wait before each further attempt at something that fails: twice as long each time,
/// up to a bound. Chance makes it up to 15 % more or less, so that the clients of a node that comes
/// back do not all come at once.
class backoff {
  public:
    /// From `first` to `most`; neither is to be zero or less.
    explicit backoff(base::duration first = std::chrono::seconds(1),
                     base::duration most = std::chrono::seconds(60)) noexcept;

    /// Before the next attempt. `chance` is any number.
    base::duration next(std::uint32_t chance) noexcept;
    /// It has succeeded.
    void reset() noexcept { following_ = first_; }

    base::duration first() const noexcept { return first_; }
    base::duration most() const noexcept { return most_; }

  private:
    base::duration first_;
    base::duration most_;
    base::duration following_;
};

} // namespace cocql::policy
