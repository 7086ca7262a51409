#pragma once

#include <cocql/page.hpp>

#include <utility>
#include <vector>

namespace cocql::metadata {

/// The rows of a system table, which long ones come in several pages of. What belongs together (the
/// columns of a table, types that are made of others) may be in different ones.
class table_pages {
  public:
    table_pages() = default;
    table_pages(page only) { add(std::move(only)); }

    void add(page next) { pages_.push_back(std::move(next)); }
    const std::vector<page>& pages() const noexcept { return pages_; }

  private:
    std::vector<page> pages_;
};

} // namespace cocql::metadata
