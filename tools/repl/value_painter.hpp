#pragma once

#include "output.hpp"
#include "value_style.hpp"

#include <cocql/value.hpp>

#include <string>
#include <string_view>

namespace cocqlsh {

/// The colour of a value of this type.
colour colour_of(const cocql::data_type& type) noexcept;

/// Text with the escapes in it in a colour of their own, where a backslash needs no doubling: takes
/// text in which it is doubled.
painted painted_text(const output& out, std::string_view escaped, colour which);

/// A value in colours: texts, numbers, blobs, nulls and a collection's brackets each in theirs.
painted painted_value(const output& out, const cocql::data_type& type, const cocql::value& item,
                      const value_style& style = value_style());

} // namespace cocqlsh
