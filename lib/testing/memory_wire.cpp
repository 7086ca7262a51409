#include "testing/memory_wire.hpp"

#include <algorithm>
#include <cstring>

namespace cocql::testing {

std::size_t memory_wire::way::put(std::span<const std::byte> from) {
    const auto part = from.first(std::min(from.size(), capacity - (bytes_.size() - taken_)));
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    given += part.size();
    return part.size();
}

std::size_t memory_wire::way::take(std::span<std::byte> into) {
    const auto count = std::min(into.size(), bytes_.size() - taken_);
    if (count != 0)
        std::memcpy(into.data(), bytes_.data() + taken_, count);
    taken_ += count;
    if (taken_ == bytes_.size() || taken_ >= capacity) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
    }
    return count;
}

void memory_wire::hold() {
    if (held_)
        return;
    held_ = true;
    held_at_server_ = to_server.given;
    held_at_client_ = to_client.given;
}

void memory_wire::release() {
    held_ = false;
    wake_all();
}

void memory_wire::reset() {
    reset_ = true;
    wake_all();
}

std::uint64_t memory_wire::acknowledged(const way& which) const noexcept {
    if (!held_)
        return which.given;
    return &which == &to_server ? held_at_server_ : held_at_client_;
}

void memory_wire::wake_all() {
    for (auto* const each : {&to_server, &to_client}) {
        each->arrived.notify();
        each->room.notify();
    }
}

} // namespace cocql::testing
