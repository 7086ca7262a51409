#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>

namespace cocql {

/// How long something may take: any std::chrono duration, or no limit (std::nullopt).
///
/// A duration that the steady clock cannot count, `std::chrono::hours::max()` for one, is its
/// longest (some 292 years), which never ends before the program does; it does not wrap around. No
/// time at all, zero or less, is a limit too, which is over at once.
class time_limit {
  public:
    using duration = std::chrono::steady_clock::duration;

    constexpr time_limit() noexcept = default; ///< no limit
    constexpr time_limit(std::nullopt_t) noexcept {}
    template <class Rep, class Period>
    constexpr time_limit(std::chrono::duration<Rep, Period> length) noexcept
        : length_(counted(length)) {}
    template <class Rep, class Period>
    constexpr time_limit(std::optional<std::chrono::duration<Rep, Period>> length) noexcept {
        if (length)
            length_ = counted(*length);
    }

    /// Nothing: no limit.
    constexpr std::optional<duration> length() const noexcept { return length_; }
    /// The same where there is to be one: the longest for none.
    constexpr duration length_or_longest() const noexcept {
        return length_.value_or(duration::max());
    }

  private:
    template <class Rep, class Period>
    static constexpr duration counted(std::chrono::duration<Rep, Period> length) noexcept {
        using unit = duration::period;
        if constexpr (std::is_floating_point_v<Rep>) {
            // What is no number is no time.
            using seconds = std::chrono::duration<long double>;
            const seconds exact(length);
            if (!(exact > seconds(duration::min())))
                return exact < seconds(0) ? duration::min() : duration::zero();
            return exact < seconds(duration::max()) ? std::chrono::duration_cast<duration>(exact)
                                                    : duration::max();
        } else if constexpr (std::ratio_less_v<unit, Period>) {
            using wide = std::chrono::duration<std::intmax_t, Period>;
            constexpr auto most = std::chrono::duration_cast<wide>(duration::max()).count();
            constexpr auto least = std::chrono::duration_cast<wide>(duration::min()).count();
            if (length.count() >= 0 &&
                static_cast<std::uintmax_t>(length.count()) > static_cast<std::uintmax_t>(most))
                return duration::max();
            if constexpr (std::is_signed_v<Rep>)
                if (length.count() < least)
                    return duration::min();
            return std::chrono::duration_cast<duration>(
                wide(static_cast<std::intmax_t>(length.count())));
        } else {
            if (length.count() >= 0 &&
                static_cast<std::uintmax_t>(length.count()) >
                    static_cast<std::uintmax_t>(std::numeric_limits<std::intmax_t>::max()))
                return duration::max();
            using wide = std::chrono::duration<std::intmax_t, Period>;
            return std::chrono::duration_cast<duration>(
                wide(static_cast<std::intmax_t>(length.count())));
        }
    }

    std::optional<duration> length_;
};

} // namespace cocql
