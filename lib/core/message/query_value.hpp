#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cocql::message {

/// What is bound to one marker: bytes encoded already, null, or (v4) "leave it as it is". Borrows the
/// bytes and the name: from the caller in a message to be sent, from the body in a decoded one.
class query_value {
  public:
    enum class kind : std::uint8_t { bytes, null, unset };

    query_value() noexcept = default; ///< null
    query_value(std::span<const std::byte> bytes) noexcept : which(kind::bytes), bytes(bytes) {}
    static query_value unset() noexcept {
        query_value made;
        made.which = kind::unset;
        return made;
    }

    friend bool operator==(const query_value& left, const query_value& right) noexcept {
        return left.which == right.which && left.name == right.name &&
               std::ranges::equal(left.bytes, right.bytes);
    }

    kind which = kind::null;
    std::span<const std::byte> bytes;
    /// For `:name` markers; used when query_parameters::named is set.
    std::string_view name;
};

} // namespace cocql::message
