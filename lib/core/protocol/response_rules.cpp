#include "core/protocol/response_rules.hpp"

#include "core/message/decode_response.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace cocql::protocol {

result<void> response_rules::check(const wire::frame_header& header, bool starting) const {
    const auto bad = [&](std::string what) -> result<void> {
        return error(errc::protocol_error, std::move(what)).at(settings_.endpoint);
    };
    if (!header.is_response())
        return bad("a frame without the response bit (version byte " +
                   std::to_string(header.version) + ")");
    const bool refuses_version = starting && header.opcode == wire::opcode::error;
    if (header.version_number() != static_cast<std::uint8_t>(settings_.version) && !refuses_version)
        return bad("a frame of protocol version " + std::to_string(header.version_number()) +
                   " on a connection of version " +
                   std::to_string(static_cast<int>(settings_.version)));
    if (!wire::is_response(header.opcode))
        return bad("a response with opcode " + std::to_string(static_cast<int>(header.opcode)));
    std::uint8_t allowed = wire::frame_header::flag_tracing | framing_.allowed_flag();
    if (header.version_number() >= 4)
        allowed |= wire::frame_header::flag_custom_payload | wire::frame_header::flag_warning;
    if ((header.flags & ~allowed) != 0)
        return bad("a frame with flags " + std::to_string(header.flags) +
                   ", of which some are unknown or were not agreed on");
    const bool is_event = header.opcode == wire::opcode::event;
    if (header.stream < -1 || (header.stream == -1) != is_event)
        return bad(std::string(wire::to_string(header.opcode)) + " on stream " +
                   std::to_string(header.stream));
    return {};
}

error response_rules::unexpected(const wire::frame& frame) const {
    const auto& header = frame.header();
    error failure(errc::protocol_error, std::string(wire::to_string(header.opcode)) +
                                            " on stream " + std::to_string(header.stream) +
                                            ", on which nobody waits");
    if (header.opcode == wire::opcode::error)
        failure.because(message::decode_error(header, frame.body()));
    return failure.at(settings_.endpoint);
}

} // namespace cocql::protocol
