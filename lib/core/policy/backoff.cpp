#include "core/policy/backoff.hpp"

#include <algorithm>

namespace cocql::policy {

namespace {

/// What chance makes of the longest can still be counted.
constexpr base::duration longest = base::duration::max() / 2;

} // namespace

backoff::backoff(base::duration first, base::duration most) noexcept
    : first_(std::min({first, most, longest})),
      most_(std::min(std::max(first, most), longest)),
      following_(first_) {}

base::duration backoff::next(std::uint32_t chance) noexcept {
    const auto now = following_;
    following_ = now > most_ / 2 ? most_ : now * 2;
    const auto percent = 85 + static_cast<int>(chance % 31);
    // The order matters: neither is to overflow, and short times are to be more than nothing.
    return now / 100 * percent + now % 100 * percent / 100;
}

} // namespace cocql::policy
