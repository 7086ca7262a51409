#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/result.hpp>

namespace cocql::message {

/// READY (native_protocol_v4.spec, section 4.2.2). No body.
struct ready {
    static result<ready> decode(base::byte_reader& in);
    result<void> encode(base::byte_writer& out) const;
};

} // namespace cocql::message
