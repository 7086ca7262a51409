#pragma once

#include "core/base/time.hpp"
#include "core/protocol/phase_clock.hpp"

#include <optional>

namespace cocql::io {

/// One deadline for all of opening. Each phase gets what the phases before it left; what each took
/// is written down.
class budget {
  public:
    /// No limit: nothing ever times out.
    budget(base::time_point now, std::optional<base::duration> limit) noexcept
        : phases_(now), deadline_(limit ? base::after(now, *limit) : base::never) {}

    base::time_point deadline() const noexcept { return deadline_; }
    protocol::phase_clock& phases() noexcept { return phases_; }
    const protocol::phase_clock& phases() const noexcept { return phases_; }

  private:
    protocol::phase_clock phases_;
    base::time_point deadline_;
};

} // namespace cocql::io
