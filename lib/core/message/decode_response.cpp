#include "core/message/decode_response.hpp"

#include "core/message/error.hpp"
#include "core/message/event.hpp"
#include "core/message/limits.hpp"
#include "core/message/page_content.hpp"
#include "core/message/prepared_result.hpp"
#include "core/message/response_envelope.hpp"
#include "core/message/result_kind.hpp"
#include "core/message/rows_result.hpp"
#include "core/message/schema_change.hpp"

#include <cstring>
#include <memory>
#include <utility>

namespace cocql::message {

namespace {

/// Cells that are kept by copying them, though the frame could be kept: such a frame only happened
/// to lie across the end of a read.
constexpr std::size_t longest_copied = 4096;

protocol_version version_of(const wire::frame_header& header) noexcept {
    return static_cast<protocol_version>(header.version_number());
}

error unexpected(const wire::frame_header& header, const char* asked) {
    return error(errc::protocol_error, std::string(asked) + " was answered by " +
                                           std::string(wire::to_string(header.opcode)));
}

/// The usual answer: rows, described as they were when their statement was prepared, and nothing
/// beside that. Reads it as rows_result::decode() would, without making what it does not have, and
/// keeps of its bytes only the cells. Null for all others, and for what is malformed.
boost::intrusive_ptr<page_content> usual_page(wire::frame& frame, known_columns& known) {
    const auto description = known.description();
    const auto columns = known.columns().size();
    const auto body = frame.body();
    // kind, flags, number of columns; number of rows
    constexpr std::size_t before = 12;
    const auto prefix = before + description.size() + 4;
    if (frame.header().flags != 0 || description.empty() || columns == 0 || body.size() < prefix)
        return nullptr;
    const auto number = [&](std::size_t at) {
        return base::load_big_endian<std::uint32_t>(body.data() + at);
    };
    const auto flags = known.global() ? rows_metadata::flag_global_tables_spec : 0u;
    const std::uint64_t rows = number(prefix - 4);
    const auto count = rows * columns; // of 32 and 16 bits
    const auto cells = body.subspan(prefix);
    if (number(0) != static_cast<std::uint32_t>(result_kind::rows) || number(4) != flags ||
        number(8) != columns || count > cells.size() / 4 ||
        std::memcmp(body.data() + before, description.data(), description.size()) != 0 ||
        size_of_cells(cells, static_cast<std::size_t>(count)) != cells.size())
        return nullptr;
    boost::intrusive_ptr<page_content> content;
    if (frame.is_owned() && cells.size() > longest_copied) {
        content = page_content::make();
        content->change_rare().body = frame.take();
        content->cells = cells;
    } else {
        // They lie behind the content, in one allocation.
        content = page_content::make(cells.size());
        std::memcpy(content->room(), cells.data(), cells.size());
        content->cells = {content->room(), cells.size()};
    }
    content->has_rows = true;
    content->columns = known.take();
    content->row_count = static_cast<std::size_t>(rows);
    return content;
}

result<void> take_rows(base::byte_reader& in, known_columns* known, bool may_be_undescribed,
                       page_content& content) {
    auto rows = rows_result::decode(in, known);
    auto& metadata = rows.metadata;
    if (!in.failed() && metadata.no_metadata && metadata.column_count != 0) {
        if (known == nullptr || !may_be_undescribed)
            return error(errc::protocol_error,
                         "a RESULT without metadata, which was not asked for");
        if (known->columns().size() != metadata.column_count)
            return error(errc::protocol_error,
                         "a RESULT without metadata that has " +
                             std::to_string(metadata.column_count) + " columns, not the " +
                             std::to_string(known->columns().size()) + " it was prepared with");
        metadata.as_known = true;
    }
    content.has_rows = true;
    if (metadata.as_known)
        content.columns = known->take();
    else
        content.columns = std::make_shared<const std::vector<column>>(std::move(metadata.columns));
    content.row_count = rows.row_count;
    content.cells = rows.cells;
    if (metadata.paging_state)
        content.change_rare().paging_state = std::move(*metadata.paging_state);
    return {};
}

error unexpected_kind(std::int32_t kind, const char* asked) {
    return error(errc::protocol_error,
                 std::string(asked) + " was answered by a RESULT of kind " + std::to_string(kind));
}

} // namespace

result<page> decode_page(wire::frame& frame, std::optional<std::int32_t> rate_limit_code,
                         known_columns* known, bool may_be_undescribed) {
    const auto& header = frame.header();
    if (known != nullptr && header.opcode == wire::opcode::result)
        if (auto usual = usual_page(frame, *known))
            return page(std::move(usual));
    if (header.opcode == wire::opcode::error)
        return decode_error(header, frame.body(), rate_limit_code);
    if (header.opcode != wire::opcode::result)
        return unexpected(header, "a statement");
    boost::intrusive_ptr<page_content> content;
    auto rest = frame.body();
    if (frame.is_owned()) {
        content = page_content::make();
        content->change_rare().body = frame.take();
    } else {
        // The body lies behind the content, in one allocation.
        content = page_content::make(rest.size());
        if (!rest.empty())
            std::memcpy(content->room(), rest.data(), rest.size());
        rest = {content->room(), rest.size()};
    }
    if ((header.flags & response_envelope::all_flags) != 0) {
        auto opened = response_envelope::open(header, rest);
        if (!opened)
            return opened.error();
        rest = opened->message;
        auto& rare = content->change_rare();
        rare.tracing_id = opened->tracing_id;
        rare.warnings = std::move(opened->warnings);
        rare.custom_payload = std::move(opened->custom_payload);
    }
    base::byte_reader in(rest);
    const auto kind = in.read_i32();
    switch (static_cast<result_kind>(kind)) {
    case result_kind::void_:
        break;
    case result_kind::rows:
        if (auto taken = take_rows(in, known, may_be_undescribed, *content); !taken)
            return taken.error();
        break;
    case result_kind::set_keyspace:
        content->change_rare().keyspace = wire::read_string(in);
        break;
    case result_kind::schema_change:
        content->change_rare().schema_change = read_schema_change(in);
        break;
    case result_kind::prepared:
    default:
        if (in.failed())
            return in.failure("RESULT");
        return unexpected_kind(kind, "a statement");
    }
    if (in.failed() || !in.at_end())
        return finish(in, page(), "RESULT");
    return page(std::move(content));
}

result<page> decode_page(const wire::frame_header& header, base::shared_bytes body,
                         std::optional<std::int32_t> rate_limit_code) {
    wire::frame frame(header, std::move(body));
    return decode_page(frame, rate_limit_code);
}

result<prepared_statement> decode_prepared(const wire::frame_header& header,
                                           std::span<const std::byte> body, std::string cql,
                                           bool metadata_ids) {
    if (header.opcode == wire::opcode::error)
        return decode_error(header, body);
    if (header.opcode != wire::opcode::result)
        return unexpected(header, "PREPARE");
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    const auto kind = in.read_i32();
    if (!in.failed() && static_cast<result_kind>(kind) != result_kind::prepared)
        return unexpected_kind(kind, "PREPARE");
    auto decoded = prepared_result::decode(in, version_of(header), metadata_ids);
    prepared_statement::parts parts;
    parts.cql = std::move(cql);
    parts.id = std::move(decoded.id);
    parts.result_metadata_id = std::move(decoded.result_metadata_id);
    parts.parameters = std::move(decoded.parameters);
    parts.partition_key_indices = std::move(decoded.partition_key_indices);
    parts.result_columns = std::move(decoded.result.columns);
    const auto description = decoded.result.description;
    parts.result_description.assign(description.begin(), description.end());
    parts.result_description_is_global = decoded.result.global;
    parts.warnings = std::move(opened->warnings);
    return finish(in, prepared_statement(std::move(parts)), "RESULT/Prepared");
}

result<event> decode_event(const wire::frame_header& header, std::span<const std::byte> body) {
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    return decode_event(in);
}

error decode_error(const wire::frame_header& header, std::span<const std::byte> body,
                   std::optional<std::int32_t> rate_limit_code) {
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    auto said = decode_error(in, rate_limit_code, version_of(header));
    return said ? to_error(std::move(*said)) : said.error();
}

} // namespace cocql::message
