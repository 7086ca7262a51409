#pragma once

#include <cstddef>
#include <span>

namespace cocql::io {

/// Who a stream reads for, one read after another: see byte_stream::read_on().
class byte_receiver {
  public:
    /// Where the bytes of the first read go. Not empty, and valid until received().
    virtual std::span<std::byte> room() = 0;
    /// So many bytes were read to the beginning of the room. Returns the room for the next read;
    /// none ends the reading. What it throws comes out of read_on().
    virtual std::span<std::byte> received(std::size_t count) = 0;

  protected:
    ~byte_receiver() = default;
};

} // namespace cocql::io
