#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cocql {

/// 128 bits in network order (RFC 4122): CQL's uuid and timeuuid.
struct uuid {
    std::array<std::byte, 16> bytes{};

    /// Reads `d83dff19-8b75-4a2b-96fa-bb0aba4878a8`, in either case.
    static std::optional<uuid> parse(std::string_view text) noexcept;
    std::string to_string() const;

    friend auto operator<=>(const uuid&, const uuid&) = default;
};

} // namespace cocql
