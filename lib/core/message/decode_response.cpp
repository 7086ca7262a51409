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

error unexpected_kind(std::int32_t kind, const char* asked) {
    return error(errc::protocol_error,
                 std::string(asked) + " was answered by a RESULT of kind " + std::to_string(kind));
}

} // namespace

result<page> decode_page(const wire::frame_header& header, base::shared_bytes body,
                         std::optional<std::int32_t> rate_limit_code,
                         const std::vector<column>* known) {
    if (header.opcode == wire::opcode::error)
        return decode_error(header, body.view(), rate_limit_code);
    if (header.opcode != wire::opcode::result)
        return unexpected(header, "a statement");
    auto opened = response_envelope::open(header, body.view());
    if (!opened)
        return opened.error();
    auto content = std::make_shared<page_content>();
    content->tracing_id = opened->tracing_id;
    content->warnings = std::move(opened->warnings);
    content->custom_payload = std::move(opened->custom_payload);
    base::byte_reader in(opened->message);
    const auto kind = in.read_i32();
    switch (static_cast<result_kind>(kind)) {
    case result_kind::void_:
        break;
    case result_kind::rows: {
        auto rows = rows_result::decode(in);
        if (!in.failed() && rows.metadata.no_metadata && rows.metadata.column_count != 0) {
            if (known == nullptr)
                return error(errc::protocol_error,
                             "a RESULT without metadata, which was not asked for");
            if (known->size() != rows.metadata.column_count)
                return error(errc::protocol_error,
                             "a RESULT without metadata that has " +
                                 std::to_string(rows.metadata.column_count) + " columns, not the " +
                                 std::to_string(known->size()) + " it was prepared with");
            rows.metadata.columns = *known;
        }
        content->has_rows = true;
        content->columns = std::move(rows.metadata.columns);
        content->row_count = rows.row_count;
        content->cells = rows.cells;
        if (rows.metadata.paging_state)
            content->paging_state = std::move(*rows.metadata.paging_state);
        break;
    }
    case result_kind::set_keyspace:
        content->keyspace = wire::read_string(in);
        break;
    case result_kind::schema_change:
        content->schema_change = read_schema_change(in);
        break;
    case result_kind::prepared:
    default:
        if (in.failed())
            return in.failure("RESULT");
        return unexpected_kind(kind, "a statement");
    }
    content->body = std::move(body);
    return finish(in, page(std::move(content)), "RESULT");
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
