#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql {

/// An integer of any size: CQL's varint. Kept as it is on the wire, big-endian two's complement, in
/// the fewest bytes.
class varint {
  public:
    varint() : bytes_{std::byte{0}} {}
    varint(std::int64_t number);
    /// Leading bytes that only repeat the sign are dropped. No bytes: zero.
    static varint from_bytes(std::span<const std::byte> bytes);
    /// Reads decimal digits with an optional sign.
    static std::optional<varint> parse(std::string_view text);

    std::span<const std::byte> bytes() const noexcept { return bytes_; }
    std::string to_string() const;

    friend bool operator==(const varint&, const varint&) = default;

  private:
    explicit varint(std::vector<std::byte> bytes) noexcept : bytes_(std::move(bytes)) {}
    std::vector<std::byte> bytes_;
};

} // namespace cocql
