#pragma once

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/result.hpp>
#include <cocql/schema_agreement.hpp>
#include <cocql/typed_rows.hpp>
#include <cocql/uuid.hpp>
#include <cocql/value.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <iosfwd>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql {

namespace message {
struct page_content;
void intrusive_ptr_add_ref(const page_content* content) noexcept;
void intrusive_ptr_release(const page_content* content) noexcept;
} // namespace message

/// One cell: its bytes and its type, borrowed from the page.
class value_view {
  public:
    value_view(const data_type& type, std::optional<std::span<const std::byte>> bytes) noexcept
        : type_(&type), bytes_(bytes) {}

    bool is_null() const noexcept { return !bytes_; }
    /// The bytes as they came; empty for null.
    std::span<const std::byte> bytes() const noexcept {
        return bytes_.value_or(std::span<const std::byte>());
    }
    const data_type& type() const noexcept { return *type_; }
    /// An owning copy; errc::decode_failed when the bytes do not fit the type.
    result<value> decode() const;

    /// As cqlsh would show it; an undecodable cell says so.
    friend std::ostream& operator<<(std::ostream& out, const value_view& cell);

  private:
    const data_type* type_;
    std::optional<std::span<const std::byte>> bytes_;
};

/// One row, borrowed from the page.
class row_view {
  public:
    row_view(const message::page_content& page, std::span<const std::byte> bytes) noexcept
        : page_(&page), bytes_(bytes) {}

    std::size_t size() const noexcept;
    /// The cell of a column; `index` must be below size(). Walks over the cells before it.
    value_view operator[](std::size_t index) const noexcept;
    /// The cell of the first column of that name; throws errc::not_found.
    value_view operator[](std::string_view name) const;
    /// All cells, in order, in one walk.
    std::vector<value_view> cells() const;

  private:
    const message::page_content* page_;
    std::span<const std::byte> bytes_;
};

/// The rows of a page, for a range-based for.
class row_range {
  public:
    class iterator {
      public:
        using value_type = row_view;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;

        iterator() = default;
        iterator(const message::page_content& page, std::size_t row, std::size_t offset) noexcept
            : page_(&page), row_(row), offset_(offset) {}
        row_view operator*() const noexcept;
        iterator& operator++() noexcept;
        iterator operator++(int) noexcept {
            auto before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const iterator& left, const iterator& right) noexcept {
            return left.row_ == right.row_;
        }

      private:
        const message::page_content* page_ = nullptr;
        std::size_t row_ = 0;
        std::size_t offset_ = 0;
    };

    explicit row_range(const message::page_content& page) noexcept : page_(&page) {}
    iterator begin() const noexcept;
    iterator end() const noexcept;

  private:
    const message::page_content* page_;
};

/// What a statement was answered with: rows, or the news that it is done. Owns the frame that
/// arrived; copies share it. Rows and cells are views that live as long as any copy of the page; no
/// later network call changes them. The cells' boundaries were checked when the page was made, so
/// reading cannot run past them.
class page {
  public:
    page() = default; ///< done, without rows
    explicit page(boost::intrusive_ptr<const message::page_content> content) noexcept
        : content_(std::move(content)) {}

    /// Whether the statement returns rows at all (it may have returned none).
    bool has_rows() const noexcept;
    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    std::span<const column> columns() const noexcept;
    row_range rows() const&;
    row_range rows() const&& = delete; ///< the rows would outlive their page
    /// The rows as C++ values, one type for each column in their order, for structured bindings:
    ///
    ///     for (auto [name, born] : page.rows<std::string_view, cocql::date>())
    ///
    /// or as a struct that describes its fields (see cocql/fields.hpp), by the columns' names.
    /// Which C++ types a CQL type can be read as is in cocql/codec.hpp. Throws cocql::error
    /// (errc::type_mismatch) when types, their number, or the struct's fields do not fit the
    /// columns; that is checked here, once, and not for each row. The column [applied] of a
    /// conditional statement is no column too many for a struct.
    template <class First, class... Rest>
    typed_rows<First, Rest...> rows(extra_columns extra = extra_columns::refused) const& {
        return typed_rows<First, Rest...>(raw_rows(), extra);
    }
    template <class First, class... Rest>
    typed_rows<First, Rest...> rows(extra_columns = extra_columns::refused) const&& = delete;
    /// The first row; throws errc::not_found when there is none.
    row_view front() const&;
    row_view front() const&& = delete;

    /// Whether a conditional statement (IF …) was carried out. When it was not, the page's rows are
    /// those that stood in the way, after the column [applied]. Throws errc::not_found when the
    /// statement was not conditional.
    bool was_applied() const;

    bool has_more_pages() const noexcept { return !paging_state().empty(); }
    /// To be given to statement_options::paging_state() for the next page; empty after the last.
    std::span<const std::byte> paging_state() const noexcept;
    const std::vector<std::string>& warnings() const noexcept;
    /// Set when the statement was traced.
    std::optional<uuid> tracing_id() const noexcept;
    const std::map<std::string, std::vector<std::byte>>& custom_payload() const noexcept;
    /// The keyspace that a USE switched to; empty otherwise.
    const std::string& keyspace() const noexcept;
    /// Set when the statement changed the schema.
    const std::optional<cocql::schema_change>& schema_change() const noexcept;
    /// Then, where a session has waited for it, whether all nodes have the new schema. Where they
    /// do not the statement has been executed all the same.
    const std::optional<cocql::schema_agreement>& schema_agreement() const noexcept;

  private:
    const message::page_content& content() const noexcept;
    const detail::raw_rows& raw_rows() const noexcept;

    boost::intrusive_ptr<const message::page_content> content_;
};

} // namespace cocql
