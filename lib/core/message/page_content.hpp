#pragma once

#include "core/base/shared_bytes.hpp"

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/uuid.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
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
    /// The frame's body, which the cells point into unless they lie behind the page_content.
    base::shared_bytes body;
    std::vector<std::byte> paging_state;
    std::optional<uuid> tracing_id;
    std::vector<std::string> warnings;
    std::map<std::string, std::vector<std::byte>> custom_payload;
    std::string keyspace;
    std::optional<cocql::schema_change> schema_change;
};

/// What the copies of a cocql::page share: they count themselves in it. Immutable once the page is
/// made.
struct page_content {
    /// With so much room behind the object, in one block of recycled memory.
    static boost::intrusive_ptr<page_content> make(std::size_t room = 0);
    std::byte* room() noexcept { return reinterpret_cast<std::byte*>(this + 1); }

    bool has_rows = false;
    std::shared_ptr<const std::vector<column>> columns; ///< null for none
    std::size_t row_count = 0;
    std::span<const std::byte> cells; ///< row_count × columns->size() [bytes], boundaries checked
    std::unique_ptr<rare_page_content> rare; ///< null for none

    rare_page_content& change_rare() {
        if (!rare)
            rare = std::make_unique<rare_page_content>();
        return *rare;
    }

    std::span<const column> all_columns() const noexcept {
        return columns ? std::span<const column>(*columns) : std::span<const column>();
    }

  private:
    friend void intrusive_ptr_add_ref(const page_content* content) noexcept;
    friend void intrusive_ptr_release(const page_content* content) noexcept;

    explicit page_content(std::size_t block) noexcept : block_(block) {}
    static void destroy(const page_content* content) noexcept;

    mutable std::atomic<std::size_t> holders_ = 0;
    std::size_t block_; ///< its size
};

} // namespace cocql::message
