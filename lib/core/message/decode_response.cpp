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

protocol_version version_of(const wire::frame_header& header) noexcept {
    return static_cast<protocol_version>(header.version_number());
}

error unexpected(const wire::frame_header& header, const char* asked) {
    return error(errc::protocol_error, std::string(asked) + " was answered by " +
                                           std::string(wire::to_string(header.opcode)));
}

rare_page_content& rare_of(page_content& content) {
    if (!content.rare)
        content.rare = std::make_unique<rare_page_content>();
    return *content.rare;
}

/// The usual rows, described as they were when their statement was prepared and with nothing beside
/// that: as rows_result::decode() would read them, without making what they do not have. False, and
/// the reader where it was, for all others.
bool take_usual_rows(base::byte_reader& in, const known_columns* known, page_content& content) {
    if (known == nullptr || known->description.empty())
        return false;
    auto ahead = in;
    const auto flags = ahead.read_u32();
    const auto columns = ahead.read_u32();
    const auto description = ahead.read_bytes(known->description.size());
    const auto count = ahead.read_u32();
    if (ahead.failed() || flags != (known->global ? rows_metadata::flag_global_tables_spec : 0u) ||
        columns != known->columns.size() ||
        std::memcmp(description.data(), known->description.data(), description.size()) != 0 ||
        count > ahead.remaining() / 4 / columns)
        return false;
    const auto size = size_of_cells(ahead.rest(), std::size_t{count} * columns);
    if (!size)
        return false;
    content.has_rows = true;
    content.columns = known->shared();
    content.row_count = count;
    content.cells = ahead.read_bytes(*size);
    in = ahead;
    return true;
}

result<void> take_rows(base::byte_reader& in, const known_columns* known, bool may_be_undescribed,
                       page_content& content) {
    auto rows = rows_result::decode(in, known);
    auto& metadata = rows.metadata;
    if (!in.failed() && metadata.no_metadata && metadata.column_count != 0) {
        if (known == nullptr || !may_be_undescribed)
            return error(errc::protocol_error,
                         "a RESULT without metadata, which was not asked for");
        if (known->columns.size() != metadata.column_count)
            return error(errc::protocol_error,
                         "a RESULT without metadata that has " +
                             std::to_string(metadata.column_count) + " columns, not the " +
                             std::to_string(known->columns.size()) + " it was prepared with");
        metadata.as_known = true;
    }
    content.has_rows = true;
    if (metadata.as_known)
        content.columns = known->shared();
    else
        content.columns = std::make_shared<const std::vector<column>>(std::move(metadata.columns));
    content.row_count = rows.row_count;
    content.cells = rows.cells;
    if (metadata.paging_state)
        content.paging_state = std::move(*metadata.paging_state);
    return {};
}

error unexpected_kind(std::int32_t kind, const char* asked) {
    return error(errc::protocol_error,
                 std::string(asked) + " was answered by a RESULT of kind " + std::to_string(kind));
}

} // namespace

result<page> decode_page(wire::frame& frame, std::optional<std::int32_t> rate_limit_code,
                         const known_columns* known, bool may_be_undescribed) {
    const auto& header = frame.header();
    if (header.opcode == wire::opcode::error)
        return decode_error(header, frame.body(), rate_limit_code);
    if (header.opcode != wire::opcode::result)
        return unexpected(header, "a statement");
    std::shared_ptr<page_content> content;
    auto rest = frame.body();
    if (frame.is_owned()) {
        content = std::allocate_shared<page_content>(base::recycling_allocator<page_content>());
        content->body = frame.take();
    } else {
        // The body lies behind the content, in one allocation.
        std::byte* room = nullptr;
        content = std::allocate_shared<page_content>(
            base::tail_allocator<page_content>(rest.size(), room));
        if (!rest.empty())
            std::memcpy(room, rest.data(), rest.size());
        rest = {room, rest.size()};
    }
    if ((header.flags & response_envelope::all_flags) != 0) {
        auto opened = response_envelope::open(header, rest);
        if (!opened)
            return opened.error();
        rest = opened->message;
        rare_of(*content) = {opened->tracing_id,
                             std::move(opened->warnings),
                             std::move(opened->custom_payload),
                             {},
                             {}};
    }
    base::byte_reader in(rest);
    const auto kind = in.read_i32();
    switch (static_cast<result_kind>(kind)) {
    case result_kind::void_:
        break;
    case result_kind::rows:
        if (take_usual_rows(in, known, *content))
            break;
        if (auto taken = take_rows(in, known, may_be_undescribed, *content); !taken)
            return taken.error();
        break;
    case result_kind::set_keyspace:
        rare_of(*content).keyspace = wire::read_string(in);
        break;
    case result_kind::schema_change:
        rare_of(*content).schema_change = read_schema_change(in);
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
