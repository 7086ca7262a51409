#pragma once

#include <cocql/cancelled_as_error.hpp>
#include <cocql/page.hpp>
#include <cocql/statement_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace cocql {

template <class... Columns>
class row_pager;

/// The pages of a statement, one after another; made by connection::pages().
///
///     auto pages = connection.pages(find, 7);
///     for (;;) {
///         const auto page = co_await pages.next();
///         if (!page)
///             break;
///         for (auto [name] : page->rows<std::string_view>()) …
///     }
///
/// While a page is read the next one is on its way. One coroutine at a time, on whatever executor.
/// Destroying it, anywhere and also when its io_context is gone, gives up the page that is on its
/// way. One that was moved from is no pager: its operations do nothing, and next() throws.
class pager {
  public:
    using fetch_function =
        std::function<boost::asio::awaitable<page>(const statement_options& options)>;

    /// `fetch` gets one page by the options; see connection::pages().
    pager(fetch_function fetch, statement_options options);
    pager(pager&&) noexcept;
    pager& operator=(pager&&) noexcept;
    ~pager();

    /// Whether the page after the one that next() gives is fetched at once. Default yes.
    pager& prefetch(bool on);

    /// The next page; nothing after the last one. Throws cocql::error. After an error, and after
    /// being cancelled, next() asks for the same page again: nothing is skipped.
    boost::asio::awaitable<std::optional<page>> next();

    /// Where next() goes on, to be saved and given to statement_options::paging_state() later, by
    /// this program or another one; empty at the very beginning and after the last page.
    std::span<const std::byte> paging_state() const noexcept;

    /// The same as rows: `auto people = connection.pages(find, 7).rows<person>();`
    template <class... Columns>
    row_pager<Columns...> rows(extra_columns extra = extra_columns::refused) && {
        return row_pager<Columns...>(std::move(*this), extra);
    }

  private:
    class state;
    std::shared_ptr<state> state_;
};

/// The rows of all pages of a statement. Made by pager::rows().
template <class... Columns>
class row_pager {
  public:
    using value_type = typename typed_rows<Columns...>::value_type;

    row_pager(pager pages, extra_columns extra) : pages_(std::move(pages)), extra_(extra) {}

    /// The next row; nothing after the last one. Its views live until the next call. Throws
    /// cocql::error, as page::rows() and pager::next() do.
    boost::asio::awaitable<std::optional<value_type>> next() {
        return detail::cancelled_as_error(next_row());
    }

  private:
    boost::asio::awaitable<std::optional<value_type>> next_row() {
        while (!current_ || current_->at == current_->rows.end()) {
            auto page = co_await pages_.next();
            if (!page) {
                current_.reset();
                co_return std::nullopt;
            }
            current_ = std::make_unique<opened_page>(std::move(*page), extra_);
        }
        std::optional<value_type> row(*current_->at);
        ++current_->at;
        co_return row;
    }

    struct opened_page {
        opened_page(cocql::page content, extra_columns extra)
            : page(std::move(content)),
              rows(page.template rows<Columns...>(extra)),
              at(rows.begin()) {}
        cocql::page page;
        typed_rows<Columns...> rows;
        typename typed_rows<Columns...>::iterator at;
    };

    pager pages_;
    extra_columns extra_;
    std::unique_ptr<opened_page> current_;
};

} // namespace cocql
