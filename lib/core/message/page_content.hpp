#pragma once

#include "core/base/recycling.hpp"
#include "core/base/shared_bytes.hpp"
#include "core/base/short_bytes.hpp"

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/schema_agreement.hpp>
#include <cocql/typed_rows.hpp>
#include <cocql/uuid.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
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
    std::optional<cocql::schema_agreement> schema_agreement;
};

/// What the copies of a cocql::page share: they count themselves in it. Immutable once the page is
/// made.
struct page_content {
    /// With so much room behind the object, in one block of recycled memory. The caller holds it.
    static page_content* make(std::size_t room = 0) {
        const auto block = sizeof(page_content) + room;
        return ::new (base::allocate_recycled(block)) page_content(base::recycled_class(block));
    }
    /// Rows of a prepared statement, whose columns they have; the cells are copied to behind the
    /// object. Null if there is no memory kept for it. Sixteen bytes of cells at least, few.
    static page_content* of_few(std::shared_ptr<const prepared_statement::parts>& statement,
                                std::size_t rows, std::span<const std::byte> cells) noexcept {
        const auto index = base::recycled_class(sizeof(page_content) + cells.size());
        auto* const memory = base::take_recycled_of(index);
        if (memory == nullptr) [[unlikely]]
            return nullptr;
        auto* const made = ::new (memory) page_content(index, statement, rows, cells.size());
        base::copy_short(made->room(), cells.data(), cells.size());
        return made;
    }
    /// The same of any size, but for the copy: for `size` bytes in room().
    static page_content* of_rows(std::shared_ptr<const prepared_statement::parts>& statement,
                                 std::size_t rows, std::size_t size) {
        const auto block = sizeof(page_content) + size;
        return ::new (base::allocate_recycled(block))
            page_content(base::recycled_class(block), statement, rows, size);
    }
    std::byte* room() noexcept { return reinterpret_cast<std::byte*>(this + 1); }

    /// columns × rows cells, whose boundaries have been checked.
    detail::raw_rows rows;
    std::size_t cells_size = 0; ///< bytes of them
    bool has_rows = false;
    std::shared_ptr<const void> kept;        ///< what the columns are part of; null for none
    std::unique_ptr<rare_page_content> rare; ///< null for none

    rare_page_content& change_rare() {
        if (!rare)
            rare = std::make_unique<rare_page_content>();
        return *rare;
    }
    std::span<const std::byte> cells() const noexcept { return {rows.cells, cells_size}; }

  private:
    friend void intrusive_ptr_add_ref(const page_content* content) noexcept;
    friend void intrusive_ptr_release(const page_content* content) noexcept;

    explicit page_content(std::size_t block_class) noexcept : block_class_(block_class) {}
    page_content(std::size_t block_class,
                 std::shared_ptr<const prepared_statement::parts>& statement, std::size_t count,
                 std::size_t size) noexcept
        : rows{{statement->result_columns.data(), statement->usual.columns}, room(), count},
          cells_size(size),
          has_rows(true),
          kept(std::move(statement)),
          block_class_(block_class) {}
    static void destroy(const page_content* content) noexcept;

    mutable std::atomic<std::size_t> holders_ = 1; ///< the one who made it
    std::size_t block_class_;                      ///< of its memory
};

} // namespace cocql::message
