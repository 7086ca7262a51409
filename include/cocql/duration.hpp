#pragma once

#include <cstdint>
#include <string>

namespace cocql {

/// CQL's duration: months, days and nanoseconds do not convert into each other and have one sign.
struct duration {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t nanoseconds = 0;

    /// `1y2mo3d4h5m6s7ms8us9ns`, parts that are zero left out; `0s` when all are.
    std::string to_string() const;

    friend bool operator==(const duration&, const duration&) = default;
};

} // namespace cocql
