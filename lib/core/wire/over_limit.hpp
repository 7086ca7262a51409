#pragma once

#include <cocql/error.hpp>

#include <cstddef>
#include <string>

namespace cocql::wire {

/// What to say of a frame from the peer that has more bytes than connection_options allow, or would
/// have when it is decompressed.
inline error over_limit(const char* what, std::size_t length, std::size_t limit) {
    error failure(errc::protocol_error, std::string(what) + " of " + std::to_string(length) +
                                            " bytes, longer than the limit of " +
                                            std::to_string(limit) + ", max_frame_size");
    failure.with_advice("raise connection_options::max_frame_size() if answers may be so long");
    return failure;
}

} // namespace cocql::wire
