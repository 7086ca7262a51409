#pragma once

#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/opcode.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstddef>

namespace cocql::message {

/// What every request message has in common: an opcode and a body it can write.
class request {
  public:
    virtual ~request() = default;
    wire::opcode opcode() const noexcept { return opcode_; }
    /// Appends the body to `out`. Fails, having possibly written a part, when something in the
    /// message cannot be expressed in that version (a string too long for its length field, an
    /// unset value in v3): the caller cuts `out` back to where it was.
    virtual result<void> encode(base::byte_writer& out, protocol_version version) const = 0;
    /// The same where nothing can go wrong, after as much room as `before` for a header: appends
    /// both and returns true, or nothing and false. For what is sent most.
    virtual bool encode_usual(base::buffer&, std::size_t /*before*/, protocol_version) const {
        return false;
    }

  protected:
    explicit request(wire::opcode opcode) noexcept : opcode_(opcode) {}
    request(const request&) = default;
    request& operator=(const request&) = default;

    wire::opcode opcode_;
};

} // namespace cocql::message
