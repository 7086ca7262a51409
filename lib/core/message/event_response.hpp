#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/event.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <string_view>

namespace cocql::message {

/// EVENT (native_protocol_v4.spec, section 4.2.6).
struct event_response {
    event happened;

    /// A type that the specification does not have becomes unknown_event, its contents skipped.
    static result<event_response> decode(base::byte_reader& in, protocol_version version);
    result<void> encode(base::byte_writer& out, protocol_version version) const;
};

/// The name that REGISTER and EVENT use.
std::string_view event_name(event_type type) noexcept;

/// The <change_type><target><options> that EVENT and RESULT share (section 4.2.5.5). A failed read shows
/// in the reader.
schema_change decode_schema_change(base::byte_reader& in, protocol_version version);
result<void> encode_schema_change(base::byte_writer& out, const schema_change& change,
                                  protocol_version version);

} // namespace cocql::message
