#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/prepared_metadata.hpp"
#include "core/message/result_metadata.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <vector>

namespace cocql::message {

/// RESULT of kind Prepared (native_protocol_v4.spec, section 4.2.5.4). Owns the id and the parameters;
/// result_metadata borrows as it says.
struct prepared_result {
    std::vector<std::byte> id;
    prepared_metadata parameters;
    result_metadata columns;

    static result<prepared_result> decode(base::byte_reader& in, protocol_version version);
    result<void> encode(base::byte_writer& out, protocol_version version) const;
};

} // namespace cocql::message
