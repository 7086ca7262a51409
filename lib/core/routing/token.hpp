#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace cocql::routing {

/// Where a partition lies on the ring.
class token {
  public:
    constexpr token() noexcept = default;
    constexpr explicit token(std::int64_t value) noexcept : value_(value) {}
    /// The place before all partitions: no key's hash is it.
    static constexpr token least() noexcept {
        return token(std::numeric_limits<std::int64_t>::min());
    }
    static constexpr token greatest() noexcept {
        return token(std::numeric_limits<std::int64_t>::max());
    }

    constexpr std::int64_t value() const noexcept { return value_; }

    friend constexpr auto operator<=>(const token&, const token&) = default;

  private:
    std::int64_t value_ = 0;
};

} // namespace cocql::routing
