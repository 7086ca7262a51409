#pragma once

#include <cocql/error.hpp>

#include <cstddef>

namespace cocql {

/// How a connection is doing; a snapshot.
struct connection_state {
    bool open = false;     ///< takes requests
    bool draining = false; ///< no new requests, closes when the others are done
    std::size_t in_flight = 0;
    std::size_t orphans = 0;
    std::size_t waiting = 0; ///< requests that wait for a stream id or for room in the write buffer
    std::size_t write_buffer_size = 0;
    error last_error; ///< why it is not open any more
};

} // namespace cocql
