#pragma once

#include <cocql/failure_kind.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace cocql {

/// How many failures there were of each kind.
class failure_counts {
  public:
    void add(failure_kind kind) noexcept { ++counts_[static_cast<std::size_t>(kind)]; }
    failure_counts& operator+=(const failure_counts& other) noexcept {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            counts_[i] += other.counts_[i];
        return *this;
    }

    std::uint64_t of(failure_kind kind) const noexcept {
        return counts_[static_cast<std::size_t>(kind)];
    }
    std::uint64_t all() const noexcept {
        return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    }

    friend bool operator==(const failure_counts&, const failure_counts&) = default;

  private:
    std::array<std::uint64_t, failure_kind_count> counts_{};
};

} // namespace cocql
