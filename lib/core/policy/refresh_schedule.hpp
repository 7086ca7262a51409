#pragma once

#include "core/base/time.hpp"

#include <chrono>

namespace cocql::policy {

/// When to read again what events say has changed. They come in swarms (a node that starts, a
/// migration of hundreds of tables): many of them are one reading. The first is not long waited
/// for, and how ever many come, readings begin no closer together than an interval.
class refresh_schedule {
  public:
    /// `gathering`: from the first event to its reading; `interval`: from one reading to the next.
    explicit refresh_schedule(base::duration gathering = std::chrono::milliseconds(100),
                              base::duration interval = std::chrono::seconds(1)) noexcept
        : gathering_(gathering), interval_(interval) {}

    struct parts {
        bool topology = false;
        bool schema = false;

        bool any() const noexcept { return topology || schema; }
        friend bool operator==(const parts&, const parts&) = default;
    };

    /// Something has changed.
    void want(parts what, base::time_point now) noexcept;
    /// Somebody waits for it: it is read as soon as can be, with what was wanted already.
    void hurry(parts what, base::time_point now) noexcept;
    /// When the next reading is to begin; never where there is nothing to read.
    base::time_point next() const noexcept { return next_; }
    /// It begins: gives what is to be read. What is wanted from now on is read again.
    parts begin(base::time_point now) noexcept;
    /// It has failed, or was overtaken by the loss of its connection: all of it is still wanted.
    void failed(parts what, base::time_point now) noexcept { want(what, now); }
    /// Everything is read at once by other means (after a new connection): nothing is wanted.
    void clear(base::time_point now) noexcept;

  private:
    base::duration gathering_;
    base::duration interval_;
    parts wanted_;
    base::time_point next_ = base::never;
    base::time_point earliest_ = base::time_point::min();
};

} // namespace cocql::policy
