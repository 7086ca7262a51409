#include "core/message/authentication.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<std::string> decode_authenticate(base::byte_reader& in) {
    return finish(in, std::string(wire::read_string(in)), "AUTHENTICATE");
}

void encode_authenticate(base::byte_writer& out, std::string_view class_name) {
    wire::write_string(out, class_name);
}

result<std::vector<std::byte>> decode_token(base::byte_reader& in, const char* message) {
    const auto token = wire::read_bytes(in).value_or(std::span<const std::byte>());
    return finish(in, std::vector<std::byte>(token.begin(), token.end()), message);
}

void encode_token(base::byte_writer& out, std::span<const std::byte> token) {
    wire::write_bytes(out, token);
}

} // namespace cocql::message
