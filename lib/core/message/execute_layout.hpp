#pragma once

#include <cstdint>

namespace cocql::message {

/// What EXECUTE carries on a connection beside the usual, as was agreed on. One number: it is
/// copied, and looked at, for each request.
class execute_layout {
  public:
    constexpr execute_layout() noexcept = default;
    constexpr execute_layout(bool metadata_ids, bool version_blocks = false) noexcept
        : bits_(static_cast<std::uint16_t>((metadata_ids ? 1 : 0) | (version_blocks ? 2 : 0))) {}

    /// The id of the rows' metadata, as PREPARED does: always in v5, before it by ScyllaDB's
    /// SCYLLA_USE_METADATA_ID.
    constexpr bool metadata_ids() const noexcept { return (bits_ & 1) != 0; }
    /// Behind all else four bits of the version that the tablet is known by; then the answer tells
    /// where the tablet is where they are other ones (ScyllaDB's tablets-routing-v2).
    constexpr bool version_blocks() const noexcept { return (bits_ & 2) != 0; }
    /// Which byte that is: see routing::version_block.
    constexpr std::uint8_t version_block() const noexcept {
        return static_cast<std::uint8_t>(bits_ >> 8);
    }
    constexpr void put_version_block(std::uint8_t block) noexcept {
        bits_ = static_cast<std::uint16_t>((bits_ & 0xff) | (block << 8));
    }
    /// Nothing else than maybe the id of the metadata.
    constexpr bool is_just(bool metadata_ids) const noexcept {
        return bits_ == static_cast<std::uint16_t>(metadata_ids);
    }

  private:
    std::uint16_t bits_ = 0; ///< and the block in the upper half
};

} // namespace cocql::message
