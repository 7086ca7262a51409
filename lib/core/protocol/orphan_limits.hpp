#pragma once

#include "core/protocol/slot_table.hpp"

#include <cocql/error.hpp>

#include <cstddef>
#include <optional>

namespace cocql::protocol {

/// How many requests may be given up while their answers are owed, and for how long: a connection
/// with more of them runs out of stream ids, or its peer answers nothing any more.
class orphan_limits {
  public:
    orphan_limits(std::size_t count, base::duration age) noexcept : count_(count), age_(age) {}

    /// When the oldest orphan is too old; base::never without orphans.
    base::time_point due(const slot_table& slots) const noexcept {
        return slots.orphans() == 0 ? base::never : base::after(slots.oldest_orphan(), age_);
    }
    /// Why the connection is to take no more requests; nothing while the limits are kept.
    std::optional<error> exceeded(const slot_table& slots, base::time_point now) const;

  private:
    std::size_t count_;
    base::duration age_;
};

} // namespace cocql::protocol
