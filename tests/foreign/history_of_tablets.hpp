#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

namespace cocql::tests {

/// What became of the requests for tablets. What a driver is told with one answer it may know a
/// moment later only, so those that follow at once are counted apart.
class history_of_tablets {
  public:
    /// Where a tablet is changes with `placement`. `when`: which request of all this was.
    void add(int tablet, int placement, bool astray, bool told, int when) {
        auto& seen = all_[tablet];
        if (seen.asked_at != placement)
            ++places_;
        seen.asked_at = placement;
        const bool had_been_told = seen.told_of == placement;
        const bool at_once = had_been_told && when - seen.told_at <= soon;
        if (had_been_told && (astray || told)) {
            ++(at_once ? late_ : stubborn_);
        } else if (astray) {
            ++seen.strays;
            if (!told)
                ++by_chance_;
        }
        if (!told)
            return;
        first_told_ += had_been_told ? 0 : 1;
        seen.told_of = placement;
        seen.told_at = when;
    }
    std::size_t tablets() const { return all_.size(); }
    /// Went astray, or knew no version, right behind the answer that told it.
    int late() const { return late_; }
    /// The same, and not right behind it.
    int stubborn() const { return stubborn_; }
    /// Went astray, and guessed the version: nobody told them.
    int by_chance() const { return by_chance_; }
    /// Of one tablet, that had not been told where it is.
    int most() const {
        int most = 0;
        for (const auto& [tablet, seen] : all_)
            most = std::max(most, seen.strays);
        return most;
    }
    /// Tablets that were asked for, and again for each time that they have moved.
    int places() const { return places_; }
    /// Those of them that were told. The others' few requests all guessed the version.
    int first_told() const { return first_told_; }

  private:
    static constexpr int soon = 3; // requests of any tablet
    struct history {
        int strays = 0;
        std::optional<int> asked_at;
        std::optional<int> told_of;
        int told_at = 0;
    };
    std::map<int, history> all_;
    int late_ = 0;
    int stubborn_ = 0;
    int by_chance_ = 0;
    int first_told_ = 0;
    int places_ = 0;
};

} // namespace cocql::tests
