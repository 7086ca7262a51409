#pragma once

#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/protocol/framing.hpp"
#include "core/protocol/pending_request.hpp"
#include "core/protocol/protocol_settings.hpp"
#include "core/protocol/transport.hpp"

#include <cocql/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace cocql::protocol {

/// Writes requests into the transport's buffer, as frames in the form that was agreed on.
class request_writer {
  public:
    /// Borrows both.
    request_writer(framing& framing, const protocol_settings& settings) noexcept;

    /// From connection_made() on.
    void write_to(transport& transport) {
        transport_ = &transport;
        out_ = &transport.write_buffer();
    }

    /// Bytes in the transport's buffer.
    std::size_t written() const noexcept { return out_->size(); }
    /// Writes one frame; the transport is still to be told by write_appended(). False when the
    /// request cannot be written: then nothing was, and take_failure() says why.
    bool write(pending_request& request, std::int16_t stream) {
        if (!framing_.writes_plainly() || request.tracing || request.custom_payload != nullptr)
            [[unlikely]]
            return write_otherwise(request, stream);
        const auto begin = out_->size();
        if (!request.message->encode_usual(*out_, wire::frame_header::size, settings_.version))
            [[unlikely]]
            return write_otherwise(request, stream);
        const auto length = out_->size() - begin - wire::frame_header::size;
        if (length > limit_) [[unlikely]] {
            out_->truncate(begin);
            return write_otherwise(request, stream);
        }
        put_header(request, stream, 0, out_->data() + begin, length);
        return true;
    }
    /// Once, after write() returned false.
    error take_failure() { return std::move(*std::unique_ptr<error>(std::move(failure_))); }

  private:
    void put_header(const pending_request& request, std::int16_t stream, std::uint8_t flags,
                    std::byte* at, std::size_t length) const noexcept {
        wire::frame_header header;
        header.version = static_cast<std::uint8_t>(settings_.version);
        header.flags = flags;
        header.stream = stream;
        header.opcode = request.message->opcode();
        header.length = static_cast<std::uint32_t>(length);
        base::room_writer room(at);
        header.put(room);
    }
    bool write_otherwise(pending_request& request, std::int16_t stream);
    bool refuse(error why);

    framing& framing_;
    const protocol_settings& settings_;
    const std::size_t limit_; ///< of a request's body
    transport* transport_ = nullptr;
    base::buffer* out_ = nullptr;
    /// A frame that is not written as it is encoded.
    base::buffer encoded_;
    std::unique_ptr<error> failure_;
};

} // namespace cocql::protocol
