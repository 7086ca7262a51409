#pragma once

#include <atomic>

namespace cocql::base {

/// A small value that belongs to one thread and may be looked at from others: they see one that it
/// has, or had a moment ago. Costs what a plain one costs.
template <class T>
class visible {
  public:
    constexpr visible() noexcept = default;
    constexpr visible(T value) noexcept : value_(value) {}
    visible(const visible&) = delete;
    visible& operator=(const visible&) = delete;

    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }

    // For the one to whom it belongs:
    visible& operator=(T value) noexcept {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }
    visible& operator++() noexcept { return *this = static_cast<T>(*this + 1); }
    visible& operator--() noexcept { return *this = static_cast<T>(*this - 1); }

  private:
    std::atomic<T> value_{};
};

} // namespace cocql::base
