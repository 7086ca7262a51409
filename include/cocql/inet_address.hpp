#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cocql {

/// An IPv4 or IPv6 address: CQL's inet.
class inet_address {
  public:
    inet_address() = default; ///< 0.0.0.0
    /// From 4 or 16 bytes in network order; nothing for any other number.
    static std::optional<inet_address> from_bytes(std::span<const std::byte> bytes) noexcept;
    static std::optional<inet_address> parse(std::string_view text) noexcept;

    bool is_v6() const noexcept { return size_ == 16; }
    std::span<const std::byte> bytes() const noexcept { return {bytes_.data(), size_}; }
    std::string to_string() const;

    friend auto operator<=>(const inet_address&, const inet_address&) = default;

  private:
    std::uint8_t size_ = 4;
    std::array<std::byte, 16> bytes_{};
};

} // namespace cocql
