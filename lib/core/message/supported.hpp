#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <cocql/result.hpp>

namespace cocql::message {

/// SUPPORTED (native_protocol_v4.spec, 4.2.4).
result<wire::string_multimap> decode_supported(base::byte_reader& in);
void encode_supported(base::byte_writer& out, const wire::string_multimap& options);

} // namespace cocql::message
