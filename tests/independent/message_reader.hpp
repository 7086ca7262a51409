#pragma once

#include "core/protocol/framing.hpp"
#include "whole_message.hpp"

#include <cocql/error.hpp>

#include <functional>
#include <utility>

namespace cocql::tests {

/// From a stream of bytes to whole messages, the way a connection reads that has agreed on a
/// version and a compression.
class message_reader final : public wire::frame_receiver {
  public:
    /// The message borrows until `received` returns.
    message_reader(protocol_version version, compression kind,
                   std::function<void(const whole_message&)> received)
        : framing_(*this, version, wire::frame_assembler::default_limit),
          received_(std::move(received)) {
        framing_.agree_on(version, kind);
        framing_.startup_accepted();
    }
    message_reader(const message_reader&) = delete;
    message_reader& operator=(const message_reader&) = delete;

    result<void> feed(std::span<const std::byte> bytes) { return framing_.feed(bytes); }
    bool in_middle() const noexcept { return framing_.in_middle(); }
    protocol::framing& framing() noexcept { return framing_; }

    result<void> header_received(const wire::frame_header&) override { return {}; }
    result<void> frame_received(wire::frame& frame) override {
        if (!framing_.is_compressed(frame.header()))
            return pass_on(frame);
        auto plain = framing_.decompressed(frame);
        if (!plain)
            return plain.error();
        return pass_on(*plain);
    }

  private:
    result<void> pass_on(const wire::frame& frame) {
        auto whole = decode(frame.header(), frame.body());
        if (!whole)
            return whole.error();
        received_(*whole);
        return {};
    }

    protocol::framing framing_;
    std::function<void(const whole_message&)> received_;
};

} // namespace cocql::tests
