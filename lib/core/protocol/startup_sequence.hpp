#pragma once

#include "core/message/auth_response.hpp"
#include "core/message/options.hpp"
#include "core/message/query.hpp"
#include "core/message/register.hpp"
#include "core/message/startup.hpp"
#include "core/protocol/agreement.hpp"
#include "core/protocol/protocol_settings.hpp"
#include "core/wire/frame_assembler.hpp"

#include <cocql/phase.hpp>
#include <cocql/result.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::protocol {

/// The conversation that opens a connection (native_protocol_v4.spec, section 4.1.1 and 4.2.3):
///
///     OPTIONS → SUPPORTED → STARTUP → READY, or AUTHENTICATE → AUTH_RESPONSE ⇄ AUTH_CHALLENGE →
///     AUTH_SUCCESS; then REGISTER → READY and USE → SET_KEYSPACE if they are wanted.
///
/// A server that offers GRACEFUL_DISCONNECT and refuses it is asked once more without.
///
/// Given an answer it says what to send next, and what of the server's offers was agreed on. It
/// owns the messages it hands out.
class startup_sequence {
  public:
    /// What comes next: a request, or nothing more to send (the phase is then `ready`), or the end.
    struct step {
        cocql::phase phase = cocql::phase::ready;
        const message::request* request = nullptr;
        std::optional<error> failure;
        /// The answer given was that to STARTUP, and it was not an error: from here on the
        /// connection speaks as was agreed on.
        bool startup_accepted = false;
    };

    explicit startup_sequence(const protocol_settings& settings) noexcept : settings_(settings) {}

    step begin();
    step answered(wire::frame& frame);

    const std::map<std::string, std::vector<std::string>>& supported() const noexcept {
        return supported_;
    }
    std::map<std::string, std::vector<std::string>> take_supported() noexcept {
        return std::move(supported_);
    }
    /// Complete once STARTUP is handed out.
    const agreement& agreed() const noexcept { return agreed_; }
    /// The version of the frame that refused ours.
    std::uint8_t refused_by_version() const noexcept { return refused_by_version_; }

  private:
    step supported_received(wire::frame& frame);
    result<void> check_host() const;
    result<void> agree();
    bool agree_on_tablets();
    step startup_answered(wire::frame& frame);
    step authenticate_received(wire::frame& frame);
    step challenge_received(wire::frame& frame);
    step authenticated(wire::frame& frame);
    step register_or_later();
    bool offers_graceful_disconnect() const;
    step register_refused(step otherwise);
    step use_or_later();
    step send_token(result<std::vector<std::byte>> token);
    step refused(wire::frame& frame);
    step unexpected(const wire::frame& frame) const;
    static step fail(error failure);

    const protocol_settings& settings_;
    phase phase_ = phase::options;
    agreement agreed_;
    std::uint8_t refused_by_version_ = 0;
    std::map<std::string, std::vector<std::string>> supported_;
    std::unique_ptr<authenticator> authenticator_;
    std::size_t challenges_ = 0;
    message::options options_;
    message::startup startup_;
    message::auth_response auth_response_;
    message::register_ register_;
    std::string use_statement_;
    message::query use_;
};

} // namespace cocql::protocol
