#pragma once

#include "core/base/byte_writer.hpp"
#include "core/wire/opcode.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

namespace cocql::message {

/// What every request message has in common: an opcode and a body it can write.
class request {
  public:
    virtual ~request() = default;
    virtual wire::opcode opcode() const noexcept = 0;
    /// Appends the body to `out`. Fails, having possibly written a part, when something in the
    /// message cannot be expressed in that version (a string too long for its length field, an
    /// unset value in v3): the caller cuts `out` back to where it was.
    virtual result<void> encode(base::byte_writer& out, protocol_version version) const = 0;

  protected:
    request() = default;
    request(const request&) = default;
    request& operator=(const request&) = default;
};

} // namespace cocql::message
