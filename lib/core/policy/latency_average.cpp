#include "core/policy/latency_average.hpp"

#include <algorithm>
#include <cmath>

namespace cocql::policy {

namespace {

/// What is left of the weight of what was measured so long ago.
double left_after(base::duration age, base::duration scale) noexcept {
    if (age <= base::duration::zero())
        return scale > base::duration::zero() ? 1 : 0;
    if (scale <= base::duration::zero())
        return 0;
    return std::exp(-(static_cast<double>(age.count()) / static_cast<double>(scale.count())));
}

} // namespace

void latency_average::add(base::duration took, base::time_point now,
                          base::duration scale) noexcept {
    const double left = count_ == 0 ? 0 : left_after(base::between(last_, now), scale);
    sum_ = sum_ * left + static_cast<double>(took.count());
    weight_ = weight_ * left + 1;
    last_ = std::max(last_, now);
    ++count_;
}

} // namespace cocql::policy
