#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::bench {

/// Statements that were prepared and are none of those that are measured, by numbers that are in
/// their ids. All shards have the same ones, as those of a node of ScyllaDB have; here all nodes
/// do.
class statement_texts {
  public:
    std::uint32_t number_of(std::string_view cql) {
        const auto known = std::find(texts_.begin(), texts_.end(), cql);
        const auto number = static_cast<std::uint32_t>(known - texts_.begin());
        if (known == texts_.end())
            texts_.emplace_back(cql);
        return number;
    }
    /// Null: nobody has prepared it. Valid until the next call of number_of().
    const std::string* text_of(std::uint32_t number) const noexcept {
        return number < texts_.size() ? &texts_[number] : nullptr;
    }

  private:
    std::vector<std::string> texts_;
};

} // namespace cocql::bench
