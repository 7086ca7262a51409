#pragma once

#include "core/base/time.hpp"

#include <cocql/request_observer.hpp>

#include <cstdint>

namespace cocql::client {

/// What is noted of one request on one connection, where things are counted.
struct attempt_record {
    base::time_point begun{};      ///< when it was submitted; the beginning of time: it was not
    base::time_point left_queue{}; ///< when it was sent that had to wait before; or the same
    /// Which one it is, for those who are told of it.
    std::uint64_t request = 0;
    std::uint32_t attempt = 0;
    request_observer* also_told = nullptr; ///< besides the session's observer; null for nobody
};

/// Of a connection of the application's own: nothing.
struct no_record {};

} // namespace cocql::client
