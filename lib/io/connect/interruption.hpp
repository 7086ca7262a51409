#pragma once

#include <cocql/error.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace cocql::io {

/// How opening in progress is told to stop: by its deadline, by close(), by cancellation. Each step
/// says how it can be interrupted while it runs; the first reason stays.
class interruption {
  public:
    /// Sets how the step that begins now is interrupted, for the lifetime of the guard. A stop that
    /// was asked for already takes effect at once.
    class [[nodiscard]] guard {
      public:
        guard(interruption& owner, std::function<void()> how) : owner_(owner) {
            owner_.how_ = std::move(how);
            if (owner_.why_)
                owner_.how_();
        }
        ~guard() { owner_.how_ = nullptr; }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;

      private:
        interruption& owner_;
    };

    void interrupt(error why) {
        if (why_)
            return;
        why_ = std::move(why);
        if (how_)
            how_();
    }
    const std::optional<error>& why() const noexcept { return why_; }

  private:
    std::function<void()> how_;
    std::optional<error> why_;
};

} // namespace cocql::io
