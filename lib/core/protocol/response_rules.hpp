#pragma once

#include "core/protocol/framing.hpp"
#include "core/protocol/protocol_settings.hpp"
#include "core/wire/frame_assembler.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/result.hpp>

namespace cocql::protocol {

/// What the header of a response may say, and on which stream ids one may come. Whatever breaks
/// these rules ends the connection: where the next frame begins cannot be known any more.
class response_rules {
  public:
    /// Borrows both; their present version and agreements count.
    response_rules(const protocol_settings& settings, const framing& framing) noexcept
        : settings_(settings), framing_(framing) {}

    /// `starting`: an ERROR may be of another version than ours, as that is how a server refuses
    /// ours.
    result<void> check(const wire::frame_header& header, bool starting) const;
    /// What is wrong with a response on a stream id on which nobody waits for one. What it says, if
    /// it is an ERROR, is the cause.
    error unexpected(const wire::frame& frame) const;

  private:
    const protocol_settings& settings_;
    const framing& framing_;
};

} // namespace cocql::protocol
