#include "core/message/partition_key_cells.hpp"

#include "core/base/big_endian.hpp"

#include <cstdint>
#include <optional>

namespace cocql::message {

namespace {

/// Goes from one of the values to the next.
class value_walk {
  public:
    explicit value_walk(std::span<const std::byte> values) noexcept
        : values_(values), rest_(values) {}

    /// The value of this number; nothing for null and unset.
    std::optional<partition_key_cells::cell> at(std::size_t number) noexcept {
        if (number < passed_) {
            rest_ = values_;
            passed_ = 0;
        }
        std::optional<partition_key_cells::cell> found;
        for (; passed_ <= number; ++passed_)
            found = take();
        return found;
    }

  private:
    std::optional<partition_key_cells::cell> take() noexcept {
        if (rest_.size() < 4)
            return std::nullopt;
        const auto length =
            static_cast<std::int32_t>(base::load_big_endian<std::uint32_t>(rest_.data()));
        rest_ = rest_.subspan(4);
        if (length < 0 || rest_.size() < static_cast<std::size_t>(length))
            return std::nullopt;
        const auto found = rest_.first(static_cast<std::size_t>(length));
        rest_ = rest_.subspan(found.size());
        return found;
    }

    std::span<const std::byte> values_;
    std::span<const std::byte> rest_;
    std::size_t passed_ = 0;
};

} // namespace

std::optional<partition_key_cells::cell>
partition_key_cells::one_behind_others(const bound_statement& bound, std::size_t index) noexcept {
    return index < bound.size() ? value_walk(bound.bytes()).at(index) : std::nullopt;
}

partition_key_cells::partition_key_cells(const bound_statement& bound) {
    const std::span indices(bound.statement().partition_key_indices());
    std::span<cell> into(in_place_);
    if (indices.size() > into.size()) {
        more_.resize(indices.size());
        into = more_;
    }
    value_walk values(bound.bytes());
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto found = indices[i] < bound.size() ? values.at(indices[i]) : std::nullopt;
        if (!found || (indices.size() > 1 && found->size() > longest_of_several))
            return;
        into[i] = *found;
    }
    cells_ = into.first(indices.size());
}

} // namespace cocql::message
