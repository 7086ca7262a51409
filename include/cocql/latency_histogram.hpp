#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cocql {

/// How long things took, as counts in fixed memory (3 KiB): of each microsecond below 32, and from
/// there on of sixteen equal parts of each power of two, up to about two minutes. What takes longer
/// is in the last bucket. So whatever is read from it is known to a sixteenth, or a microsecond.
///
/// A plain value; it reads no clock.
class latency_histogram {
  public:
    static constexpr std::size_t bucket_count = 384;

    /// Less than nothing counts as nothing.
    void record(std::chrono::nanoseconds took) noexcept {
        const auto nanoseconds = took.count() > 0 ? static_cast<std::uint64_t>(took.count()) : 0;
        ++counts_[bucket_of(nanoseconds / 1000)];
        sum_ += nanoseconds;
        if (nanoseconds > longest_)
            longest_ = nanoseconds;
    }
    /// As if all that was recorded in the other one had been recorded here.
    latency_histogram& operator+=(const latency_histogram& other) noexcept;

    /// How many were recorded.
    std::uint64_t count() const noexcept;
    /// Of all together.
    std::chrono::nanoseconds sum() const noexcept { return whole(sum_); }
    /// Of the longest one; exact. Zero where there is none.
    std::chrono::nanoseconds max() const noexcept { return whole(longest_); }
    /// What so many of a hundred did not exceed: never less than it was, and a sixteenth or a
    /// microsecond more at most (of those that are in the last bucket: the longest). 100 is max().
    /// Zero where nothing was recorded.
    std::chrono::nanoseconds percentile(double percent) const noexcept;

    /// For those who pass on the counts themselves, buckets from the shortest to the longest.
    std::uint64_t in_bucket(std::size_t which) const noexcept { return counts_[which]; }
    /// All in it took less than that, and not less than the bound of the one before. The last one
    /// has none (nanoseconds::max()).
    static std::chrono::nanoseconds bound_of(std::size_t which) noexcept;

    friend bool operator==(const latency_histogram&, const latency_histogram&) = default;

  private:
    /// Parts of a power of two; also those below twice as many microseconds are that wide.
    static constexpr std::uint64_t parts = 16;

    static std::size_t bucket_of(std::uint64_t microseconds) noexcept {
        // From 16 on: the four bits behind the first one, and how many are behind these.
        const auto shift = static_cast<std::size_t>(std::bit_width(microseconds | parts)) - 5;
        const auto index = shift * parts + static_cast<std::size_t>(microseconds >> shift);
        return index < bucket_count ? index : bucket_count - 1;
    }
    static std::chrono::nanoseconds whole(std::uint64_t nanoseconds) noexcept {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
    }

    std::array<std::uint64_t, bucket_count> counts_{};
    std::uint64_t sum_ = 0; ///< nanoseconds, as the next
    std::uint64_t longest_ = 0;
};

} // namespace cocql
