#pragma once

#include "timestamp_style.hpp"

#include <cocql/value.hpp>

#include <string>

namespace cocqlsh {

/// How values are shown, as far as the user decides it: significant digits of floating-point
/// numbers, and timestamps, inside of collections too.
class value_style {
  public:
    int float_precision = 5;
    int double_precision = 5;
    timestamp_style timestamps;

    std::string text(const cocql::data_type& type, const cocql::value& item) const;
};

} // namespace cocqlsh
