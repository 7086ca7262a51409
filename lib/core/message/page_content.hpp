#pragma once

#include "core/base/shared_bytes.hpp"

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::message {

/// What few answers have. Apart, so that the others need not make and destroy it.
struct rare_page_content {
    std::optional<uuid> tracing_id;
    std::vector<std::string> warnings;
    std::map<std::string, std::vector<std::byte>> custom_payload;
    std::string keyspace;
    std::optional<cocql::schema_change> schema_change;
};

/// What the copies of a cocql::page share. Immutable once the page is made.
struct page_content {
    /// The frame's body, which `cells` points into; empty when it lies behind this object.
    base::shared_bytes body;
    bool has_rows = false;
    std::shared_ptr<const std::vector<column>> columns; ///< null for none
    std::size_t row_count = 0;
    std::span<const std::byte> cells; ///< row_count × columns->size() [bytes], boundaries checked
    std::vector<std::byte> paging_state;
    std::unique_ptr<rare_page_content> rare; ///< null for none

    std::span<const column> all_columns() const noexcept {
        return columns ? std::span<const column>(*columns) : std::span<const column>();
    }
};

} // namespace cocql::message
