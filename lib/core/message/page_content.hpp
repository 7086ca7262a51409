#pragma once

#include "core/base/shared_bytes.hpp"

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::message {

/// What the copies of a cocql::page share. Immutable once the page is made.
struct page_content {
    base::shared_bytes body; ///< the frame's body, which `cells` points into
    std::optional<uuid> tracing_id;
    std::vector<std::string> warnings;
    std::map<std::string, std::vector<std::byte>> custom_payload;
    bool has_rows = false;
    std::vector<column> columns;
    std::size_t row_count = 0;
    std::span<const std::byte> cells; ///< row_count × columns.size() [bytes], boundaries checked
    std::vector<std::byte> paging_state;
    std::string keyspace;
    std::optional<cocql::schema_change> schema_change;
};

} // namespace cocql::message
