#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::message {

/// AUTHENTICATE: the class name of the server's authenticator (native_protocol_v4.spec, 4.2.3).
result<std::string> decode_authenticate(base::byte_reader& in);
void encode_authenticate(base::byte_writer& out, std::string_view class_name);

/// The token of AUTH_CHALLENGE or AUTH_SUCCESS (4.2.7, 4.2.8); null counts as empty.
result<std::vector<std::byte>> decode_token(base::byte_reader& in, const char* message);
void encode_token(base::byte_writer& out, std::span<const std::byte> token);

} // namespace cocql::message
