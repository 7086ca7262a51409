#include "core/message/error.hpp"
#include "core/message/result_kind.hpp"
#include "core/message/rows_result.hpp"
#include "core/wire/notation.hpp"
#include "testing/node_options.hpp"

#include <functional>

namespace cocql::testing {

namespace {

std::vector<std::byte> body_of(const std::function<void(base::byte_writer&)>& write) {
    base::buffer body;
    base::byte_writer writer(body);
    write(writer);
    return {body.view().begin(), body.view().end()};
}

} // namespace

node_reply rows_of(const std::vector<std::string>& texts) {
    message::rows_result rows;
    rows.metadata.columns.push_back({"scripted", "answers", "text", data_type::kind::text});
    rows.metadata.column_count = 1;
    rows.row_count = texts.size();
    message::cell_writer cells;
    for (const auto& text : texts)
        cells.add(wire::as_bytes(text));
    rows.cells = cells.cells();
    return {wire::opcode::result, body_of([&](base::byte_writer& out) { rows.encode(out); })};
}

node_reply error_of(server_error said) {
    return {wire::opcode::error,
            body_of([&](base::byte_writer& out) { message::encode_error(out, said); })};
}

node_reply for_execute(const node_reply& reply, std::span<const std::byte> asked_id,
                       std::span<const std::byte> right_id, bool skip_metadata) {
    base::byte_reader in(reply.body);
    if (reply.opcode != wire::opcode::result || reply.flags != 0 ||
        static_cast<message::result_kind>(in.read_i32()) != message::result_kind::rows)
        return reply;
    auto rows = message::rows_result::decode(in);
    if (!std::ranges::equal(asked_id, right_id)) {
        rows.metadata.new_metadata_id.emplace(right_id.begin(), right_id.end());
    } else if (skip_metadata) {
        rows.metadata.no_metadata = true;
        rows.metadata.columns.clear();
    }
    return {wire::opcode::result, body_of([&](base::byte_writer& out) { rows.encode(out); })};
}

} // namespace cocql::testing
