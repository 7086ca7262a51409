#pragma once

#include "core/base/shared_bytes.hpp"
#include "core/message/response_envelope.hpp"
#include "core/message/response_settings.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/column.hpp>
#include <cocql/event.hpp>
#include <cocql/page.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::message {

/// What a cocql::page shares. Immutable once the page is made; the spans point into `frame`, the
/// columns into `own_columns` or into `statement`.
struct page_content {
    page_content() = default;
    page_content(const page_content&) = delete; ///< the spans would point into the original
    page_content& operator=(const page_content&) = delete;

    base::shared_bytes frame;
    response_envelope envelope;
    bool has_rows = false;
    std::span<const column> columns;
    std::size_t row_count = 0;
    std::span<const std::byte> rows; ///< row_count × columns.size() cells, boundaries checked
    std::span<const std::byte> paging_state;
    std::span<const std::byte> new_metadata_id;
    std::string keyspace;
    std::optional<schema_change> change;

    std::vector<column> own_columns;
    prepared_statement statement; ///< keeps columns alive that the server did not repeat
};

/// Makes a page of the answer to QUERY, EXECUTE or BATCH. `statement`, if any, supplies the columns of
/// rows that came without their description. An ERROR becomes the error it carries (to_error); any other
/// response, PREPARED included, is errc::protocol_error.
result<page> make_page(const wire::frame_header& header, base::shared_bytes body,
                       const response_settings& settings = response_settings(),
                       prepared_statement statement = prepared_statement());

/// Makes a prepared statement of the answer to PREPARE; errors as above.
result<prepared_statement>
make_prepared_statement(const wire::frame_header& header, std::span<const std::byte> body,
                        std::string cql, const response_settings& settings = response_settings());

} // namespace cocql::message
