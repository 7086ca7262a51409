#pragma once

#include <cocql/error.hpp>

#include <chrono>
#include <optional>

/// Whether and when a write that has failed is sent again. That is the application's to say: a
/// session repeats by itself only what has lost its connection.
class retry_policy {
  public:
    virtual ~retry_policy() = default;
    /// How long to wait after so many failures of one write; nothing: it is given up.
    virtual std::optional<std::chrono::microseconds> wait_after(const cocql::error& why,
                                                                int failures) = 0;
};
