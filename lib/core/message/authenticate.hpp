#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/result.hpp>

#include <string>

namespace cocql::message {

/// AUTHENTICATE (native_protocol_v4.spec, section 4.2.3).
struct authenticate {
    std::string server_class;

    static result<authenticate> decode(base::byte_reader& in);
    result<void> encode(base::byte_writer& out) const;
};

} // namespace cocql::message
