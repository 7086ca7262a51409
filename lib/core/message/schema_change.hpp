#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/event.hpp>

namespace cocql::message {

/// <schema_change>, in RESULT and in EVENT alike (native_protocol_v4.spec, 4.2.5.5).
schema_change read_schema_change(base::byte_reader& in);
void write_schema_change(base::byte_writer& out, const schema_change& change);

} // namespace cocql::message
