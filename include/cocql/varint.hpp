#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cocql {

namespace detail {

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// What is a number to us: of 64 bits at most, and no truth or character.
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !character<T> &&
                  sizeof(T) <= sizeof(std::int64_t);

} // namespace detail

/// An integer of any size: CQL's varint. Kept as it is on the wire, big-endian two's complement, in
/// the fewest bytes.
class varint {
  public:
    varint() : bytes_{std::byte{0}} {}
    template <detail::integer Integer>
    varint(Integer number)
        : varint(of(static_cast<std::int64_t>(number),
                    std::is_unsigned_v<Integer> && static_cast<std::int64_t>(number) < 0)) {}
    /// Leading bytes that only repeat the sign are dropped. No bytes: zero.
    static varint from_bytes(std::span<const std::byte> bytes);
    /// Reads decimal digits with an optional sign.
    static std::optional<varint> parse(std::string_view text);

    std::span<const std::byte> bytes() const noexcept { return bytes_; }
    std::string to_string() const;

    friend bool operator==(const varint&, const varint&) = default;

  private:
    explicit varint(std::vector<std::byte> bytes) noexcept : bytes_(std::move(bytes)) {}
    /// `unsigned_above`: the bits are those of an unsigned number of 2^63 or more.
    static varint of(std::int64_t bits, bool unsigned_above);

    std::vector<std::byte> bytes_;
};

} // namespace cocql
