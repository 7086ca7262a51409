#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace cocql {

/// CQL's date: a day, with 1970-01-01 in the middle of the unsigned range.
struct date {
    static constexpr std::uint32_t epoch = 1u << 31;

    std::uint32_t raw = epoch;

    std::int64_t days_since_epoch() const noexcept {
        return static_cast<std::int64_t>(raw) - static_cast<std::int64_t>(epoch);
    }
    /// `2026-11-24`; outside the years 1 to 9999 the number of days since 1970.
    std::string to_string() const;

    friend auto operator<=>(const date&, const date&) = default;
};

/// CQL's time: nanoseconds since midnight.
struct time {
    std::int64_t nanoseconds = 0;

    /// Whether it is a time at all: not negative, and before the day's end.
    bool is_within_a_day() const noexcept {
        return nanoseconds >= 0 && nanoseconds < 86'400'000'000'000;
    }

    /// `08:05:09.123456789`
    std::string to_string() const;

    friend auto operator<=>(const time&, const time&) = default;
};

/// CQL's timestamp: milliseconds since 1970-01-01 UTC.
struct timestamp {
    std::int64_t milliseconds = 0;

    /// `2026-11-24 08:05:09.123000+0000`; outside the years 1 to 9999 the number of milliseconds.
    std::string to_string() const;

    friend auto operator<=>(const timestamp&, const timestamp&) = default;
};

} // namespace cocql
