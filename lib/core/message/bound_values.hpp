#pragma once

#include "core/message/query_value.hpp"

#include <cocql/column.hpp>
#include <cocql/result.hpp>
#include <cocql/value.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace cocql::message {

/// Values encoded as a prepared statement's parameters want them. Owns the bytes; views into it live as
/// long as it does and survive a move.
class bound_values {
  public:
    bound_values() = default;
    bound_values(bound_values&&) = default;
    bound_values& operator=(bound_values&&) = default;
    bound_values(const bound_values&) = delete; ///< the views would point into the original
    bound_values& operator=(const bound_values&) = delete;

    /// A wrong number of values, or one that does not fit its parameter, is errc::invalid_argument and
    /// named in the error; its content is not.
    static result<bound_values> bind(std::span<const column> parameters,
                                     std::span<const value> values);

    /// For query_parameters::values.
    const std::vector<query_value>& views() const noexcept { return views_; }

  private:
    std::vector<std::byte> bytes_;
    std::vector<query_value> views_;
};

} // namespace cocql::message
