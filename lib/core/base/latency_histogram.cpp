#include <cocql/latency_histogram.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cocql {

latency_histogram& latency_histogram::operator+=(const latency_histogram& other) noexcept {
    for (std::size_t i = 0; i < bucket_count; ++i)
        counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    longest_ = std::max(longest_, other.longest_);
    return *this;
}

std::uint64_t latency_histogram::count() const noexcept {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::chrono::nanoseconds latency_histogram::percentile(double percent) const noexcept {
    const auto all = count();
    if (percent >= 100)
        return max();
    // Which one it is, of all in their order; the first one where less than nothing is asked for.
    const auto place = percent > 0 ? std::ceil(percent / 100 * static_cast<double>(all)) : 0;
    const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(place), 1,
                                                  std::max<std::uint64_t>(all, 1));
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        passed += counts_[i];
        if (passed >= wanted)
            return std::min(bound_of(i), max());
    }
    return std::chrono::nanoseconds::zero();
}

std::chrono::nanoseconds latency_histogram::bound_of(std::size_t which) noexcept {
    if (which >= bucket_count - 1)
        return std::chrono::nanoseconds::max();
    const auto shift = which < 2 * parts ? 0 : which / parts - 1;
    const auto next = static_cast<std::uint64_t>(which - shift * parts + 1);
    return std::chrono::microseconds(static_cast<std::int64_t>(next << shift));
}

} // namespace cocql
