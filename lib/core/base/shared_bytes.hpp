#pragma once

#include "core/base/recycling.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace cocql::base {

/// Immutable bytes with shared ownership: a page and its copies hold one, views point into it.
class shared_bytes {
  public:
    shared_bytes() = default;
    /// Takes over bytes that were allocated elsewhere; they must not change any more.
    shared_bytes(std::shared_ptr<const std::byte[]> bytes, std::size_t size) noexcept
        : bytes_(std::move(bytes)), size_(size) {}

    static shared_bytes copy_of(std::span<const std::byte> bytes) {
        auto copy = std::allocate_shared_for_overwrite<std::byte[]>(
            recycling_allocator<std::byte>(), bytes.size());
        if (!bytes.empty())
            std::memcpy(copy.get(), bytes.data(), bytes.size());
        return {std::move(copy), bytes.size()};
    }

    std::span<const std::byte> view() const noexcept { return {bytes_.get(), size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

  private:
    std::shared_ptr<const std::byte[]> bytes_;
    std::size_t size_ = 0;
};

} // namespace cocql::base
