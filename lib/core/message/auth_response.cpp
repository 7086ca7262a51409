#include "core/message/auth_response.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> auth_response::encode(base::byte_writer& out, protocol_version) const {
    if (auto fits = check_long(token.size(), "an authentication token"); !fits)
        return fits;
    wire::write_bytes(out, std::span<const std::byte>(token));
    return {};
}

result<auth_response> auth_response::decode(base::byte_reader& in) {
    auth_response message;
    if (const auto token = wire::read_bytes(in))
        message.token.assign(token->begin(), token->end());
    return finish(in, std::move(message), "AUTH_RESPONSE");
}

} // namespace cocql::message
