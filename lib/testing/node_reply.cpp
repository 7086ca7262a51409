#include "core/message/error.hpp"
#include "core/message/result_kind.hpp"
#include "core/message/rows_result.hpp"
#include "core/message/schema_change.hpp"
#include "core/wire/frame_header.hpp"
#include "core/wire/notation.hpp"
#include "testing/body_of.hpp"

#include <cocql/testing/node_options.hpp>

#include <algorithm>

namespace cocql::testing {

namespace {

void add_cell(message::cell_writer& cells, const column& column, const value& item) {
    if (item.is_null())
        return cells.add(std::nullopt);
    std::vector<std::byte> bytes;
    if (auto encoded = encode(column.type, item, bytes); !encoded)
        throw error(errc::invalid_argument,
                    "column " + column.name + ": " + encoded.error().what());
    cells.add(bytes);
}

} // namespace

node_reply rows_of(const std::vector<column>& columns,
                   const std::vector<std::vector<value>>& rows) {
    message::rows_result answer;
    answer.metadata.columns = columns;
    answer.metadata.column_count = columns.size();
    answer.row_count = rows.size();
    message::cell_writer cells;
    for (const auto& row : rows) {
        if (row.size() != columns.size())
            throw error(errc::invalid_argument, "a row of " + std::to_string(row.size()) +
                                                    " values for " +
                                                    std::to_string(columns.size()) + " columns");
        for (std::size_t i = 0; i < row.size(); ++i)
            add_cell(cells, columns[i], row[i]);
    }
    answer.cells = cells.cells();
    return {opcode::result, body_of([&](base::byte_writer& out) { answer.encode(out); })};
}

node_reply rows_of(const std::vector<std::string>& texts) {
    std::vector<std::vector<value>> rows;
    rows.reserve(texts.size());
    for (const auto& text : texts)
        rows.push_back(std::vector<value>(1, value(text)));
    return rows_of({{"scripted", "answers", "text", data_type::kind::text}}, rows);
}

node_reply changed_schema(const schema_change& what) {
    return {opcode::result, body_of([&](base::byte_writer& out) {
                out.write_i32(static_cast<std::int32_t>(message::result_kind::schema_change));
                message::write_schema_change(out, what);
            })};
}

node_reply error_of(server_error said) {
    return {opcode::error,
            body_of([&](base::byte_writer& out) { message::encode_error(out, said); })};
}

node_reply with_more(const node_reply& reply, std::span<const std::byte> paging_state) {
    base::byte_reader in(reply.body);
    static_cast<void>(in.read_i32()); // the kind
    auto rows = message::rows_result::decode(in);
    if (in.failed())
        throw error(errc::invalid_argument, "the reply is not one of rows");
    rows.metadata.paging_state.emplace(paging_state.begin(), paging_state.end());
    return {opcode::result, body_of([&](base::byte_writer& out) { rows.encode(out); })};
}

node_reply with_payload(const node_reply& reply,
                        const std::map<std::string, std::vector<std::byte>>& payload) {
    if (reply.flags != 0)
        throw error(errc::invalid_argument, "the reply has something before its body already");
    auto made = reply;
    made.flags = wire::frame_header::flag_custom_payload;
    made.body = body_of([&](base::byte_writer& out) {
        wire::write_bytes_map(out, payload);
        out.write_bytes(reply.body);
    });
    return made;
}

node_reply for_execute(const node_reply& reply, std::span<const std::byte> asked_id,
                       std::span<const std::byte> right_id, bool skip_metadata) {
    if (reply.flags == wire::frame_header::flag_custom_payload) {
        base::byte_reader in(reply.body);
        const auto payload = wire::read_bytes_map(in);
        const auto rest = in.rest();
        return with_payload(for_execute({reply.opcode, {rest.begin(), rest.end()}}, asked_id,
                                        right_id, skip_metadata),
                            payload);
    }
    base::byte_reader in(reply.body);
    if (reply.opcode != opcode::result || reply.flags != 0 ||
        static_cast<message::result_kind>(in.read_i32()) != message::result_kind::rows)
        return reply;
    auto rows = message::rows_result::decode(in);
    if (!std::ranges::equal(asked_id, right_id)) {
        rows.metadata.new_metadata_id.emplace(right_id.begin(), right_id.end());
    } else if (skip_metadata) {
        rows.metadata.no_metadata = true;
        rows.metadata.columns.clear();
    }
    return {opcode::result, body_of([&](base::byte_writer& out) { rows.encode(out); })};
}

} // namespace cocql::testing
