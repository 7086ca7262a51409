#pragma once

#include "core/base/big_endian.hpp"

#include <cocql/bound_statement.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::message {

/// The values of a bound statement that are its partition key, in the key's order: what decides
/// where it is sent. Found by going over the values, and not noted while they are written, which
/// would cost whoever has nothing to decide. Borrows them.
class partition_key_cells {
  public:
    using cell = std::span<const std::byte>;

    /// Of a key of several columns none may be longer: its length has 16 bits there.
    static constexpr std::size_t longest_of_several = 65535;

    /// Of a key of one column, as most are, which must be said by the statement: its value. For
    /// this nothing needs to be kept.
    static std::optional<cell> only_one(const bound_statement& bound) noexcept {
        const std::size_t index = bound.statement().partition_key_indices().front();
        // Where it is the first value, as it mostly is, nothing is gone over.
        const auto values = bound.bytes();
        if (index != 0 || values.size() < 4) [[unlikely]]
            return one_behind_others(bound, index);
        const auto size = base::load_big_endian<std::uint32_t>(values.data());
        return size <= values.size() - 4 ? std::optional(values.subspan(4, size)) : std::nullopt;
    }

    explicit partition_key_cells(const bound_statement& bound);
    partition_key_cells(const partition_key_cells&) = delete;
    partition_key_cells& operator=(const partition_key_cells&) = delete;

    /// None where the key is not all there: not all of it is bound by markers, or a part of it is
    /// null, unset or too long; and where the server does not say which it is (protocol v3).
    std::span<const cell> get() const noexcept { return cells_; }

  private:
    static std::optional<cell> one_behind_others(const bound_statement& bound,
                                                 std::size_t index) noexcept;

    std::array<cell, 4> in_place_;
    std::vector<cell> more_; ///< where they have no room there
    std::span<const cell> cells_;
};

} // namespace cocql::message
