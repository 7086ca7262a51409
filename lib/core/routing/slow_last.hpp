#pragma once

#include "core/routing/query_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace cocql::routing {

/// A query plan in which hosts that are slow come behind those that are like them otherwise: that
/// have the data too, or have it not too, and are remote too, or are not, whatever their racks. All
/// of these are still there, each once. It makes no list; it goes over such a stretch of the plan
/// twice where there are slow ones in it.
///
/// `IsSlow` is asked of host_index, and is to say the same of one each time. Borrows what the plan
/// does.
template <class IsSlow>
class slow_last {
  public:
    /// The plan is at its beginning, and made of the same hosts and replicas.
    slow_last(const query_plan& plan, const neighbourhood& hosts,
              std::span<const host_index> replicas, IsSlow is_slow)
        : hosts_(hosts), replicas_(replicas), is_slow_(std::move(is_slow)), plan_(plan) {}

    /// Nothing after the last.
    std::optional<host_index> next() {
        for (;;) {
            const auto before = *plan_;
            const auto each = plan_->next();
            if (!each || stretch_ != stretch_of(*each)) {
                if (has_passed_over_) {
                    begin_again();
                    continue;
                }
                if (!each)
                    return std::nullopt;
                enter(stretch_of(*each), before);
            }
            const bool comes_first = !is_slow_(*each);
            if (comes_first != gives_slow_)
                return each;
            has_passed_over_ = has_passed_over_ || !gives_slow_;
        }
    }

  private:
    /// In the order of the plan. The leader, where there is to be one first, is in none.
    enum class stretch : std::uint8_t { replicas, remote_replicas, others, remote_others };

    stretch stretch_of(host_index which) const noexcept {
        const bool is_remote = hosts_.of(which) == distance::remote;
        if (std::ranges::find(replicas_, which) != replicas_.end())
            return is_remote ? stretch::remote_replicas : stretch::replicas;
        return is_remote ? stretch::remote_others : stretch::others;
    }
    void enter(stretch next, const query_plan& begins) {
        stretch_ = next;
        begins_.emplace(begins);
        gives_slow_ = false;
    }
    void begin_again() {
        plan_.emplace(*begins_);
        has_passed_over_ = false;
        gives_slow_ = true;
    }

    const neighbourhood& hosts_;
    const std::span<const host_index> replicas_;
    const IsSlow is_slow_;
    std::optional<query_plan> plan_;   ///< always there; a plan cannot be assigned
    std::optional<query_plan> begins_; ///< where the stretch does
    std::optional<stretch> stretch_;
    bool has_passed_over_ = false;
    bool gives_slow_ = false;
};

} // namespace cocql::routing
