#pragma once

#include <cocql/date.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

namespace cocql {

/// 128 bits in network order (RFC 4122): CQL's uuid and timeuuid.
struct uuid {
    std::array<std::byte, 16> bytes{};

    /// Reads `d83dff19-8b75-4a2b-96fa-bb0aba4878a8`, in either case.
    static std::optional<uuid> parse(std::string_view text) noexcept;
    std::string to_string() const;

    /// The four bits that are the version in the variant of RFC 4122 (1: made of the time, 4:
    /// random). The servers look at nothing else: minTimeuuid and maxTimeuuid make timeuuids of any
    /// variant.
    int version() const noexcept;

    /// The resolution of a timeuuid.
    using ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
    using moment = std::chrono::time_point<std::chrono::system_clock, ticks>;
    /// When a timeuuid was made; nothing for other versions.
    std::optional<moment> time() const noexcept;
    /// A timeuuid of that moment. Sequence and node keep those of one moment apart; only the lowest
    /// 14 and 48 bits count. Timeuuids begin with 1582-10-15 and end with the year 5236: a moment
    /// before or after that becomes the first or the last.
    static uuid at(moment when, std::uint16_t sequence, std::uint64_t node) noexcept;
    /// The least and the greatest timeuuid of a millisecond in the order of CQL, as its functions
    /// minTimeuuid and maxTimeuuid make them: for range queries, not as identifiers. Both are the
    /// least of all for a time before the first, and the greatest of all for one after the last.
    static uuid min_timeuuid(timestamp when) noexcept;
    static uuid max_timeuuid(timestamp when) noexcept;

    friend auto operator<=>(const uuid&, const uuid&) = default;
};

} // namespace cocql
