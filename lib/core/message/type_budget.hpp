#pragma once

#include <cstddef>

namespace cocql::message {

/// How many types one message may describe, those inside of others counted too: twice as many as it
/// may have columns.
class type_budget {
  public:
    /// False when there are not so many left.
    bool take(std::size_t count) noexcept {
        if (count > left_)
            return false;
        left_ -= count;
        return true;
    }

  private:
    std::size_t left_ = 2 * 65'535;
};

} // namespace cocql::message
