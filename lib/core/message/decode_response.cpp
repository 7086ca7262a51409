#include "core/message/decode_response.hpp"

#include "core/base/short_bytes.hpp"
#include "core/message/bound_execute.hpp"
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

/// Fills in what parts::usual says of the answer.
void prepare_usual_answer(prepared_statement::parts& parts, bool metadata_ids) {
    auto& usual = parts.usual;
    usual.columns = parts.result_columns.size();
    if (parts.result_columns.empty() || parts.result_description.empty())
        return;
    const bool described = !bound_execute::skips_metadata(parts, metadata_ids);
    std::uint32_t flags = 0;
    if (!described)
        flags = rows_metadata::flag_no_metadata;
    else if (parts.result_description_is_global)
        flags = rows_metadata::flag_global_tables_spec;
    base::buffer bytes;
    base::byte_writer out(bytes);
    out.write_i32(static_cast<std::int32_t>(result_kind::rows));
    out.write_u32(flags);
    out.write_u32(static_cast<std::uint32_t>(usual.columns));
    if (described)
        out.write_bytes(parts.result_description);
    usual.answer.assign(bytes.view().begin(), bytes.view().end());
}

/// Cells that are kept by copying them, though the frame could be kept: such a frame only happened
/// to lie across the end of a read.
constexpr std::size_t longest_copied = 4096;

/// So short that a call of memcpy would cost more than the copy.
constexpr std::size_t longest_inline_copy = 256;

/// As decode_usual_page() makes it, of any length.
[[gnu::noinline]] const page_content*
usual_page_of(wire::frame& frame, std::span<const std::byte> cells, std::size_t rows,
              std::shared_ptr<const prepared_statement::parts>& statement) {
    if (frame.is_owned() && cells.size() > longest_copied) {
        boost::intrusive_ptr<page_content> content(page_content::make(), false);
        content->change_rare().body = frame.take();
        content->has_rows = true;
        content->rows = {statement->result_columns, cells.data(), rows};
        content->cells_size = cells.size();
        content->kept = std::move(statement);
        return content.detach();
    }
    auto* const content = page_content::of_rows(statement, rows, cells.size());
    if (!cells.empty())
        std::memcpy(content->room(), cells.data(), cells.size());
    return content;
}

protocol_version version_of(const wire::frame_header& header) noexcept {
    return static_cast<protocol_version>(header.version_number());
}

error unexpected(const wire::frame_header& header, const char* asked) {
    return error(errc::protocol_error, std::string(asked) + " was answered by " +
                                           std::string(wire::to_string(header.opcode)));
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
    if (metadata.as_known) {
        content.rows.columns = known->columns();
        content.kept = known->kept();
    } else {
        auto columns = std::make_shared<const std::vector<column>>(std::move(metadata.columns));
        content.rows.columns = *columns;
        if (known != nullptr && metadata.new_metadata_id && !columns->empty())
            known->changed = {std::move(*metadata.new_metadata_id),
                              columns,
                              {metadata.description.begin(), metadata.description.end()},
                              metadata.global};
        content.kept = std::move(columns);
    }
    content.rows.count = rows.row_count;
    content.rows.cells = rows.cells.data();
    content.cells_size = rows.cells.size();
    if (metadata.paging_state)
        content.change_rare().paging_state = std::move(*metadata.paging_state);
    return {};
}

error unexpected_kind(std::int32_t kind, const char* asked) {
    return error(errc::protocol_error,
                 std::string(asked) + " was answered by a RESULT of kind " + std::to_string(kind));
}

} // namespace

const page_content* decode_usual_page(wire::frame& frame,
                                      std::shared_ptr<const prepared_statement::parts>& statement) {
    const auto& usual = statement->usual;
    const auto body = frame.body();
    const auto begin = usual.answer.size();
    if (frame.header().flags != 0 || frame.header().opcode != wire::opcode::result || begin == 0 ||
        body.size() < begin + 4 || !base::equal_short(body.data(), usual.answer.data(), begin))
        [[unlikely]]
        return nullptr;
    const std::uint64_t rows = base::load_big_endian<std::uint32_t>(body.data() + begin);
    const auto count = rows * usual.columns; // of 32 and 16 bits
    const auto cells = body.subspan(begin + 4);
    if (count > cells.size() / 4 ||
        left_behind_rows(cells, static_cast<std::size_t>(rows), usual.columns) != std::size_t{0})
        return nullptr;
    const auto row_count = static_cast<std::size_t>(rows);
    if (cells.size() >= 16 && cells.size() <= longest_inline_copy) [[likely]]
        if (auto* const made = page_content::of_few(statement, row_count, cells)) [[likely]]
            return made;
    return usual_page_of(frame, cells, row_count, statement);
}

result<page> decode_page(wire::frame& frame, const error_extensions& agreed, known_columns* known,
                         bool may_be_undescribed) {
    const auto& header = frame.header();
    if (header.opcode == wire::opcode::error)
        return decode_error(header, frame.body(), agreed);
    if (header.opcode != wire::opcode::result)
        return unexpected(header, "a statement");
    boost::intrusive_ptr<page_content> content;
    auto rest = frame.body();
    if (frame.is_owned()) {
        content.reset(page_content::make(), false);
        content->change_rare().body = frame.take();
    } else {
        // The body lies behind the content, in one allocation.
        content.reset(page_content::make(rest.size()), false);
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
                         const error_extensions& agreed) {
    wire::owned_frame frame(header, std::move(body));
    return decode_page(frame, agreed);
}

result<prepared_statement> decode_prepared(const wire::frame_header& header,
                                           std::span<const std::byte> body, std::string cql,
                                           bool metadata_ids, std::string keyspace,
                                           std::uint32_t conditional_mark) {
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
    parts.keyspace = std::move(keyspace);
    parts.id = std::move(decoded.id);
    parts.result_metadata_id = std::move(decoded.result_metadata_id);
    parts.is_conditional = (decoded.flags & conditional_mark) != 0;
    parts.parameters = std::move(decoded.parameters);
    parts.partition_key_indices = std::move(decoded.partition_key_indices);
    parts.result_columns = std::move(decoded.result.columns);
    const auto description = decoded.result.description;
    parts.result_description.assign(description.begin(), description.end());
    parts.result_description_is_global = decoded.result.global;
    parts.warnings = std::move(opened->warnings);
    bound_execute::prepare_usual(parts, version_of(header), metadata_ids);
    prepare_usual_answer(parts, metadata_ids);
    return finish(in, prepared_statement(std::move(parts)), "RESULT/Prepared");
}

prepared_statement::parts with_news(const prepared_statement::parts& known,
                                    const known_columns::news& said, protocol_version version) {
    auto parts = known;
    parts.result_metadata_id = said.metadata_id;
    parts.result_columns = *said.columns;
    parts.result_description = said.description;
    parts.result_description_is_global = said.global;
    parts.usual = {};
    bound_execute::prepare_usual(parts, version, true);
    prepare_usual_answer(parts, true);
    return parts;
}

result<event> decode_event(const wire::frame_header& header, std::span<const std::byte> body) {
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    return decode_event(in);
}

error decode_error(const wire::frame_header& header, std::span<const std::byte> body,
                   const error_extensions& agreed) {
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    auto said = decode_error(in, agreed, version_of(header));
    return said ? to_error(std::move(*said)) : said.error();
}

} // namespace cocql::message
