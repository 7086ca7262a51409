#pragma once

#include <cocql/metadata_listener.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace cocql::client {

/// A listener for as long as it is registered. Its end may come from any thread, which is what the
/// lock is for; it is held for nothing else.
class registered_listener {
  public:
    explicit registered_listener(std::shared_ptr<metadata_listener> who) noexcept
        : who_(std::move(who)) {}

    /// Null after the end. Who calls it keeps it meanwhile.
    std::shared_ptr<metadata_listener> get() const noexcept {
        const std::lock_guard lock(mutex_);
        return who_;
    }
    bool is_over() const noexcept {
        const std::lock_guard lock(mutex_);
        return who_ == nullptr;
    }
    void end() noexcept {
        std::shared_ptr<metadata_listener> gone; // its destructor may do anything
        const std::lock_guard lock(mutex_);
        gone.swap(who_);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<metadata_listener> who_;
};

} // namespace cocql::client
