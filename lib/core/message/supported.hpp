#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <cocql/result.hpp>

namespace cocql::message {

/// SUPPORTED (native_protocol_v4.spec, section 4.2.4).
struct supported {
    wire::string_multimap entries;

    static result<supported> decode(base::byte_reader& in);
    result<void> encode(base::byte_writer& out) const;
};

} // namespace cocql::message
