#pragma once

#include <cocql/error.hpp>

#include <chrono>
#include <optional>

namespace cocql {

/// What became of a request_attempt.
struct attempt_end {
    /// It waited for a stream id, or for room in the connection's buffer. Nearly always zero.
    std::chrono::nanoseconds queued{0};
    /// From then on until the answer was received, or until it failed: with being written to the
    /// socket. Nothing where no byte of it was.
    std::optional<std::chrono::nanoseconds> waited;
    /// Why there is no answer of use, a server's ERROR among these; null where there is one.
    /// Borrowed for the call.
    const error* failure = nullptr;
};

} // namespace cocql
