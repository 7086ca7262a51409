#pragma once

#include "core/base/byte_reader.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace cocql::message {

/// Whether a length fits the 16 bits of [string], [short bytes] and the counts of lists.
inline result<void> check_short(std::size_t length, const char* what) {
    if (length > std::numeric_limits<std::uint16_t>::max())
        return error(errc::invalid_argument, std::string(what) + " is longer than 65,535");
    return {};
}

/// Whether a length fits the 32 bits of [long string] and [bytes].
inline result<void> check_long(std::size_t length, const char* what) {
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return error(errc::invalid_argument, std::string(what) + " is longer than 2^31 - 1 bytes");
    return {};
}

/// The end of a decoder: nothing may have failed and nothing may be left over.
template <class Message>
result<Message> finish(base::byte_reader& in, Message&& message, const char* name) {
    if (in.failed())
        return in.failure(name);
    if (!in.at_end())
        return error(errc::protocol_error, std::string(name) + ": " +
                                               std::to_string(in.remaining()) +
                                               " bytes too many after the message");
    return std::forward<Message>(message);
}

} // namespace cocql::message
