#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace cocql::tests {

/// Decides by chance, the same way for the same seed.
class dice {
  public:
    explicit dice(std::uint64_t seed) : engine_(seed) {}

    /// From 0 to below `count`.
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    template <class Choices>
    const auto& one_of(const Choices& choices) {
        return choices[below(std::size(choices))];
    }
    /// A seed of another one's own.
    std::uint64_t seed() { return engine_(); }

  private:
    std::mt19937_64 engine_;
};

} // namespace cocql::tests
