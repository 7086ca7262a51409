#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/type_budget.hpp"

#include <cocql/data_type.hpp>

namespace cocql::message {

/// [option] of a type in result metadata (native_protocol_v4.spec, 4.2.5.2). Types nested deeper
/// than 64 levels fail the reader: no server has them, and each level costs stack.
///
/// So do types that the budget has not enough left for: a type of two bytes becomes some two
/// hundred of memory.
data_type read_type(base::byte_reader& in, type_budget& budget);
/// One that is alone.
data_type read_type(base::byte_reader& in);
void write_type(base::byte_writer& out, const data_type& type);

} // namespace cocql::message
