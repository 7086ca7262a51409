#pragma once

#include <cocql/codec_chrono.hpp>
#include <cocql/codec_containers.hpp>
#include <cocql/codec_described.hpp>
#include <cocql/column.hpp>

#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace cocql {

/// What reading a page into a struct does with columns that the struct has no field for.
enum class extra_columns { refused, ignored };

namespace detail {

/// A page's rows as they lie in memory; every cell's boundaries have been checked.
struct raw_rows {
    std::span<const column> columns;
    const std::byte* cells = nullptr;
    std::size_t count = 0;
};

// The texts of these errors name the row's number, the column, its CQL type and what to read it as;
// never its bytes. All of them throw cocql::error.
[[noreturn]] void throw_column_count(std::span<const column> columns, std::size_t wanted);
[[noreturn]] void throw_unreadable(const column& column, std::size_t index, std::string wanted);
[[noreturn]] void throw_missing_column(std::span<const column> columns, std::string_view field);
[[noreturn]] void throw_extra_column(const column& column);
/// `length` is the cell's: negative for null.
[[noreturn]] void throw_unfit_cell(const column& column, std::size_t row, std::int32_t length,
                                   std::string wanted);

/// The column that conditional statements put before the others.
bool is_applied_column(const column& column) noexcept;

inline std::int32_t next_cell(const std::byte*& at, const std::byte*& cell) noexcept {
    const auto length = static_cast<std::int32_t>(load_length(at));
    cell = at + 4;
    at = length > 0 ? cell + length : cell;
    return length;
}

/// Apart, so that there is little where rows are read.
template <class T>
[[noreturn, gnu::cold, gnu::noinline]] void refuse_cell(const column& column, std::size_t row,
                                                        std::int32_t length) {
    throw_unfit_cell(column, row, length, name_of<T>());
}

template <class T>
void read_column(const column& column, std::size_t row, const std::byte*& at, T& out) {
    constexpr auto usual = static_cast<std::int32_t>(usual_length<T>());
    const auto* cell = at + 4;
    std::int32_t length = usual;
    // A step of a constant does not wait for the length to be loaded: of a long page that is most
    // of the time.
    if (usual != 0 && load_length(at) == std::uint32_t{usual}) [[likely]]
        at = cell + usual;
    else
        length = next_cell(at, cell);
    if (!decode_cell(column.type, cell, length, out)) [[unlikely]]
        refuse_cell<T>(column, row, length);
}

template <class T>
void check_column(const column& column, std::size_t index) {
    static_assert(readable<T>, "cocql cannot read a column as this type: specialise cocql::codec, "
                               "or describe the struct (see cocql/fields.hpp)");
    if (!codec<T>::reads(column.type)) [[unlikely]]
        throw_unreadable(column, index, name_of<T>());
}

/// Rows as tuples, column by column.
template <class... Columns>
class tuple_reader {
  public:
    using row = std::tuple<Columns...>;

    tuple_reader() = default;
    tuple_reader(std::span<const column> columns, extra_columns) {
        if (columns.size() != sizeof...(Columns)) [[unlikely]]
            throw_column_count(columns, sizeof...(Columns));
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (check_column<Columns>(columns[I], I), ...);
        }
        (std::index_sequence_for<Columns...>());
    }
    void read(const column* columns, std::size_t row_number, const std::byte*& at, row& out) const {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (read_column(columns[I], row_number, at, std::get<I>(out)), ...);
        }
        (std::index_sequence_for<Columns...>());
    }
};

/// Rows as a struct, by the columns' names.
template <described Struct>
class struct_reader {
  public:
    using row = Struct;

    struct_reader() = default;
    struct_reader(std::span<const column> columns, extra_columns extra) {
        std::array<bool, field_count<Struct>> found{};
        readers_.reserve(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto index = field_named<Struct>(columns[i].name);
            in_order_ = in_order_ && index == i;
            if (index == field_count<Struct>) {
                if (extra == extra_columns::refused && !is_applied_column(columns[i]))
                    throw_extra_column(columns[i]);
                readers_.push_back(&skip);
                continue;
            }
            found[index] = true;
            readers_.push_back(with_field<Struct, reader>(index, [&](const auto& field) {
                check_column<member_type<decltype(field)>>(columns[i], i);
                return reader_of(index);
            }));
        }
        for (std::size_t i = 0; i < found.size(); ++i)
            if (!found[i])
                throw_missing_column(columns, with_field<Struct, std::string_view>(
                                                  i, [](const auto& field) { return field.name; }));
        in_order_ = in_order_ && columns.size() == field_count<Struct>;
    }
    void read(const column* columns, std::size_t row_number, const std::byte*& at, row& out) const {
        if (in_order_) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (read_field<I>(columns[I], row_number, at, out), ...);
            }
            (std::make_index_sequence<field_count<Struct>>());
            return;
        }
        for (std::size_t i = 0; i < readers_.size(); ++i)
            readers_[i](columns[i], row_number, at, out);
    }

  private:
    using reader = void (*)(const column&, std::size_t, const std::byte*&, Struct&);

    template <std::size_t I>
    static void read_field(const column& column, std::size_t row_number, const std::byte*& at,
                           Struct& out) {
        read_column(column, row_number, at, out.*std::get<I>(description<Struct>).member);
    }
    static void skip(const column&, std::size_t, const std::byte*& at, Struct&) {
        const std::byte* cell = nullptr;
        next_cell(at, cell);
    }
    static reader reader_of(std::size_t index) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            static constexpr std::array<reader, sizeof...(I)> readers{&read_field<I>...};
            return readers[index];
        }
        (std::make_index_sequence<field_count<Struct>>());
    }

    std::vector<reader> readers_; ///< one per column
    bool in_order_ = true;        ///< columns and fields are the same, one by one
};

template <class... Columns>
struct reader_for {
    using type = tuple_reader<Columns...>;
};
template <described Struct>
struct reader_for<Struct> {
    using type = struct_reader<Struct>;
};

} // namespace detail

/// The rows of a page as C++ values; see page::rows<…>(). Borrows from the page, and so do the
/// rows' views. Types were checked when it was made; a cell that is null where the C++ type has no
/// null, or whose bytes do not fit, throws cocql::error when its row is read.
template <class... Columns>
class typed_rows {
    using reader = typename detail::reader_for<Columns...>::type;

  public:
    using value_type = typename reader::row;

    class iterator {
      public:
        using value_type = typename reader::row;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using reference = value_type;
        using pointer = void;

        iterator() = default;
        [[gnu::always_inline]] value_type operator*() const {
            value_type row{};
            const auto* at = at_;
            rows_->reader_.read(rows_->raw_.columns.data(), row_, at, row);
            next_ = at;
            return row;
        }
        iterator& operator++() {
            if (next_ == at_)
                skip();
            at_ = next_;
            ++row_;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& left, const iterator& right) noexcept {
            return left.row_ == right.row_;
        }

      private:
        friend class typed_rows;
        iterator(const typed_rows& rows, const std::byte* at, std::size_t row) noexcept
            : rows_(&rows), at_(at), next_(at), row_(row) {}
        void skip() noexcept {
            const std::byte* cell = nullptr;
            for (std::size_t i = 0; i < rows_->raw_.columns.size(); ++i)
                detail::next_cell(next_, cell);
        }

        const typed_rows* rows_ = nullptr;
        const std::byte* at_ = nullptr;
        /// After the row, once it was read; until then at_.
        mutable const std::byte* next_ = nullptr;
        std::size_t row_ = 0;
    };

    typed_rows(const detail::raw_rows& raw, extra_columns extra)
        : raw_(raw), reader_(raw.columns, extra) {}

    std::size_t size() const noexcept { return raw_.count; }
    bool empty() const noexcept { return raw_.count == 0; }
    iterator begin() const noexcept { return {*this, raw_.cells, 0}; }
    iterator end() const noexcept { return {*this, nullptr, raw_.count}; }
    /// The first row; there must be one.
    value_type front() const { return *begin(); }

  private:
    detail::raw_rows raw_;
    reader reader_;
};

} // namespace cocql
