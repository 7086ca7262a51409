#include "canned_answers.hpp"

#include "core/base/big_endian.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <string>
#include <utility>

namespace cocql::bench {

namespace {

std::vector<column> columns_of(std::string_view table) {
    return {{"bench", std::string(table), "key", data_type::kind::bigint},
            {"bench", std::string(table), "value", data_type::kind::text}};
}

std::vector<std::byte> frame_of(const message::response& said) {
    base::buffer out;
    message::encode_response(out, said, protocol_version::v4, 0);
    return {out.view().begin(), out.view().end()};
}

void append(std::span<const std::byte> frame, std::int16_t stream, base::buffer& out) {
    const auto begin = out.size();
    out.append(frame);
    base::store_big_endian(out.data() + begin + 2, static_cast<std::uint16_t>(stream));
}

} // namespace

canned_answers::canned_answers(node_description& node, statement_texts& texts,
                               request_counter* counter)
    : node_(node), texts_(texts), counter_(counter) {
    canned_[static_cast<std::size_t>(statement::point)] = rows("point", 64, 1, false);
    canned_[static_cast<std::size_t>(statement::insert)] = frame_of(message::void_result());
    canned_[static_cast<std::size_t>(statement::value_10k)] = rows("value_10k", 10'000, 1, false);
    canned_[static_cast<std::size_t>(statement::value_1m)] = rows("value_1m", 1'000'000, 1, false);
    page_ = rows("pages", 64, page_rows, true);
    last_page_ = rows("pages", 64, page_rows, false);
}

canned_answers::bytes canned_answers::rows(std::string_view table, std::size_t value_size,
                                           std::size_t count, bool more) const {
    message::rows_result made;
    made.metadata.columns = columns_of(table);
    made.metadata.column_count = made.metadata.columns.size();
    if (more)
        made.metadata.paging_state.emplace(4);
    message::cell_writer cells;
    const std::string value(value_size, 'v');
    for (std::size_t row = 0; row < count; ++row) {
        std::array<std::byte, 8> key{};
        base::store_big_endian(key.data(), static_cast<std::uint64_t>(row));
        cells.add(std::span<const std::byte>(key));
        cells.add(wire::as_bytes(value));
    }
    made.row_count = count;
    made.cells = cells.cells();
    return frame_of(made);
}

bool canned_answers::answer(const wire::frame_header& header, std::span<const std::byte> body,
                            base::buffer& out) {
    if (header.opcode == wire::opcode::execute && body.size() > 2 + id_size) {
        const auto which = std::to_integer<std::size_t>(body[2]);
        if (which < canned_.size()) {
            if (counter_ != nullptr)
                counter_->count(body);
            append(canned_[which], header.stream, out);
            return true;
        }
    }
    return answer_slowly(header, body, out);
}

bool canned_answers::answer_slowly(const wire::frame_header& header,
                                   std::span<const std::byte> body, base::buffer& out) {
    auto asked = message::decode_request(header, body);
    if (!asked) {
        server_error said;
        said.code = server_error_code::protocol_error;
        said.message = asked.error().what();
        message::encode_response(out, said, protocol_version::v4, header.stream);
        return true;
    }
    if (const auto* execute = std::get_if<message::execute>(&asked->message);
        execute != nullptr && !execute->id.empty() &&
        execute->id[0] == static_cast<std::byte>(statement::pages)) {
        const auto& state = execute->parameters.paging_state;
        answer_page(
            header,
            state && state->size() == 4 ? base::load_big_endian<std::uint32_t>(state->data()) : 0,
            out);
        return true;
    }
    if (!is_due(asked->message))
        return false;
    message::encode_response(out, say(asked->message), protocol_version::v4, header.stream);
    return true;
}

void canned_answers::answer_page(const wire::frame_header& header, std::uint32_t page,
                                 base::buffer& out) const {
    if (page + 1 >= page_count)
        return append(last_page_, header.stream, out);
    const auto begin = out.size();
    append(page_, header.stream, out);
    // After the header, the kind, flags, column count and the state's length.
    base::store_big_endian(out.data() + begin + wire::frame_header::size + 16, page + 1);
}

canned_answers::statement canned_answers::statement_of(std::string_view cql) {
    const auto has = [&](std::string_view part) { return cql.find(part) != cql.npos; };
    if (has("INSERT INTO bench."))
        return statement::insert;
    if (has("FROM bench.point"))
        return statement::point;
    if (has("FROM bench.value_10k"))
        return statement::value_10k;
    if (has("FROM bench.value_1m"))
        return statement::value_1m;
    if (has("FROM bench.pages"))
        return statement::pages;
    return statement::other;
}

bool canned_answers::is_due(const message::any_request& asked) const {
    if (const auto* query = std::get_if<message::query>(&asked))
        return node_.is_due(query->cql);
    const auto* execute = std::get_if<message::execute>(&asked);
    const auto* text = execute != nullptr ? text_of(*execute) : nullptr;
    return text == nullptr || node_.is_due(*text);
}

message::response canned_answers::say(const message::any_request& asked) {
    if (std::holds_alternative<message::options>(asked))
        return message::supported{node_.offers()};
    if (const auto* query = std::get_if<message::query>(&asked))
        return said_to(query->cql, query->parameters.values);
    if (const auto* prepare = std::get_if<message::prepare>(&asked))
        return prepared(prepare->cql);
    if (const auto* execute = std::get_if<message::execute>(&asked))
        return executed(*execute);
    if (std::holds_alternative<message::batch>(asked))
        return message::void_result();
    return message::ready(); // STARTUP, REGISTER
}

message::response canned_answers::said_to(std::string_view cql,
                                          const std::vector<message::bound_value>& values) {
    if (cql.starts_with("USE ") || cql.starts_with("use "))
        return message::set_keyspace_result{"bench"};
    return node_.answer(cql, values);
}

const std::string* canned_answers::text_of(const message::execute& asked) const {
    return asked.id.size() == id_size
               ? texts_.text_of(base::load_big_endian<std::uint32_t>(&asked.id[1]))
               : nullptr;
}

message::response canned_answers::executed(const message::execute& asked) {
    if (const auto* text = text_of(asked))
        return said_to(*text, asked.parameters.values);
    return message::void_result();
}

message::response canned_answers::prepared(std::string_view cql) {
    const auto which = statement_of(cql);
    message::prepared_result made;
    if (which == statement::other)
        made = node_.describe(cql);
    made.id.assign(id_size, std::byte{0x5c});
    made.id[0] = static_cast<std::byte>(which);
    if (which == statement::other) {
        base::store_big_endian(made.id.data() + 1, texts_.number_of(cql));
        return made;
    }
    constexpr std::array tables{"point", "point", "value_10k", "value_1m", "pages"};
    const auto columns = columns_of(tables[static_cast<std::size_t>(which)]);
    if (which != statement::pages) {
        made.parameters = {columns[0]};
        made.partition_key_indices = {0};
    }
    if (which == statement::insert)
        made.parameters.push_back(columns[1]);
    else
        made.result.columns = columns;
    made.result.column_count = made.result.columns.size();
    return made;
}

} // namespace cocql::bench
