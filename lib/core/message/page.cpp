#include "core/base/recycling.hpp"
#include "core/message/page_content.hpp"
#include "core/wire/notation.hpp"

#include <cocql/page.hpp>

#include <new>
#include <ostream>

namespace cocql {

namespace message {

namespace {

[[gnu::noinline]] void destroy_rare(rare_page_content* gone) noexcept {
    delete gone;
}

} // namespace

void page_content::destroy(const page_content* content) noexcept {
    auto* const gone = const_cast<page_content*>(content);
    if (auto* const rare = gone->rare.release()) [[unlikely]]
        destroy_rare(rare);
    // Let go of last, so that nothing is to be kept for later.
    const auto kept = std::move(gone->kept);
    const auto block_class = gone->block_class_;
    gone->~page_content();
    base::free_recycled_of(block_class, gone);
}

void intrusive_ptr_add_ref(const page_content* content) noexcept {
    content->holders_.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const page_content* content) noexcept {
    // The last holder needs no atomic change: nobody else can make another one.
    if (content->holders_.load(std::memory_order_acquire) == 1 ||
        content->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        page_content::destroy(content);
}

} // namespace message

namespace {

/// One cell from checked bytes.
std::optional<std::span<const std::byte>> next_cell(base::byte_reader& in) {
    return wire::read_bytes(in);
}

std::size_t row_size(const message::page_content& page, std::span<const std::byte> from) {
    base::byte_reader in(from);
    for (std::size_t column = 0; column < page.rows.columns.size(); ++column)
        next_cell(in);
    return in.position();
}

} // namespace

result<value> value_view::decode() const {
    return bytes_ ? cocql::decode(*type_, *bytes_) : result<value>(value());
}

std::ostream& operator<<(std::ostream& out, const value_view& cell) {
    const auto decoded = cell.decode();
    return decoded ? out << format(cell.type(), *decoded) : out << "<undecodable>";
}

std::size_t row_view::size() const noexcept {
    return page_->rows.columns.size();
}

value_view row_view::operator[](std::size_t index) const noexcept {
    base::byte_reader in(bytes_);
    for (std::size_t before = 0; before < index; ++before)
        next_cell(in);
    return {page_->rows.columns[index].type, next_cell(in)};
}

value_view row_view::operator[](std::string_view name) const {
    for (std::size_t i = 0; i < page_->rows.columns.size(); ++i)
        if (page_->rows.columns[i].name == name)
            return (*this)[i];
    throw error(errc::not_found, "the rows have no column '" + std::string(name) + "'");
}

std::vector<value_view> row_view::cells() const {
    std::vector<value_view> cells;
    cells.reserve(size());
    base::byte_reader in(bytes_);
    for (const auto& column : page_->rows.columns)
        cells.emplace_back(column.type, next_cell(in));
    return cells;
}

row_view row_range::iterator::operator*() const noexcept {
    return {*page_, page_->cells().subspan(offset_)};
}

row_range::iterator& row_range::iterator::operator++() noexcept {
    offset_ += row_size(*page_, page_->cells().subspan(offset_));
    ++row_;
    return *this;
}

row_range::iterator row_range::begin() const noexcept {
    return {*page_, 0, 0};
}
row_range::iterator row_range::end() const noexcept {
    return {*page_, page_->rows.count, 0};
}

namespace {

const message::page_content& no_content() noexcept {
    static const boost::intrusive_ptr<const message::page_content> nothing(
        message::page_content::make(), false);
    return *nothing;
}

const message::rare_page_content& rare(const message::page_content& content) noexcept {
    static const message::rare_page_content nothing;
    return content.rare ? *content.rare : nothing;
}

} // namespace

const message::page_content& page::content() const noexcept {
    return content_ ? *content_ : no_content();
}

bool page::has_rows() const noexcept {
    return content().has_rows;
}
std::size_t page::size() const noexcept {
    return content().rows.count;
}
std::span<const column> page::columns() const noexcept {
    return content().rows.columns;
}
row_range page::rows() const& {
    return row_range(content());
}

const detail::raw_rows& page::raw_rows() const noexcept {
    static constexpr detail::raw_rows none;
    return content_ ? content_->rows : none;
}

bool page::was_applied() const {
    bool applied = false;
    if (empty() || columns().empty() || !detail::is_applied_column(columns().front()))
        throw error(errc::not_found, "the statement was not conditional: its answer has no column "
                                     "'[applied]'");
    const auto cell = front()[0];
    if (!codec<bool>::decode(cell.type(), cell.bytes(), applied))
        throw error(errc::decode_failed, "the column '[applied]' is not a boolean");
    return applied;
}

row_view page::front() const& {
    if (empty())
        throw error(errc::not_found, "the page has no row");
    return *rows().begin();
}

std::span<const std::byte> page::paging_state() const noexcept {
    return rare(content()).paging_state;
}
const std::vector<std::string>& page::warnings() const noexcept {
    return rare(content()).warnings;
}
std::optional<uuid> page::tracing_id() const noexcept {
    return rare(content()).tracing_id;
}

const std::map<std::string, std::vector<std::byte>>& page::custom_payload() const noexcept {
    return rare(content()).custom_payload;
}

const std::string& page::keyspace() const noexcept {
    return rare(content()).keyspace;
}

const std::optional<schema_change>& page::schema_change() const noexcept {
    return rare(content()).schema_change;
}

const std::optional<schema_agreement>& page::schema_agreement() const noexcept {
    return rare(content()).schema_agreement;
}

} // namespace cocql
