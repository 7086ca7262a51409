#pragma once

#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/rows_result.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/page.hpp>
#include <cocql/value.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Pages as servers would answer them, of system tables with what columns and rows a test likes.
namespace cocql::testing {

class system_table {
  public:
    system_table(const std::string& name,
                 const std::vector<std::pair<std::string, data_type>>& columns) {
        for (const auto& [column, type] : columns)
            columns_.push_back({"system", name, column, type});
    }

    /// A row; what is not named is null.
    system_table& add(const std::map<std::string, value>& row) {
        std::size_t used = 0;
        auto& values = rows_.emplace_back();
        for (const auto& column : columns_) {
            const auto found = row.find(column.name);
            values.push_back(found != row.end() ? found->second : value());
            if (found == row.end() || found->second.is_null()) {
                cells_.add(std::nullopt);
            } else {
                std::vector<std::byte> bytes;
                encode(column.type, found->second, bytes).value();
                cells_.add(bytes);
            }
            used += found != row.end() ? 1u : 0u;
        }
        if (used != row.size())
            throw std::invalid_argument("a row with a column that the table has not");
        return *this;
    }
    system_table without_rows() const {
        system_table same;
        same.columns_ = columns_;
        return same;
    }
    page read() const { return try_page_of(columns_, rows_.size(), cells_.cells()).value(); }
    const std::vector<column>& columns() const noexcept { return columns_; }
    const std::vector<std::vector<value>>& rows() const noexcept { return rows_; }

    /// Of cells that may be anything; an error where they are not so many rows.
    static result<page> try_page_of(const std::vector<column>& columns, std::size_t rows,
                                    std::span<const std::byte> cells) {
        message::rows_result answer;
        answer.metadata.columns = columns;
        answer.metadata.column_count = columns.size();
        answer.row_count = rows;
        answer.cells = cells;
        base::buffer body;
        base::byte_writer out(body);
        answer.encode(out);
        wire::frame_header header;
        header.version = 0x84;
        header.opcode = wire::opcode::result;
        header.length = static_cast<std::uint32_t>(body.size());
        return message::decode_page(header, base::shared_bytes::copy_of(body.view()));
    }

  private:
    system_table() = default;

    std::vector<column> columns_;
    message::cell_writer cells_;
    std::vector<std::vector<value>> rows_;
};

inline data_type set_of_texts() {
    return data_type::set(data_type::kind::text);
}

/// As Cassandra 5.0 and ScyllaDB 2026 have them, as far as is read.
inline system_table local_table() {
    using enum data_type::kind;
    return system_table("local", {{"key", text},
                                  {"broadcast_address", inet},
                                  {"cluster_name", text},
                                  {"data_center", text},
                                  {"host_id", uuid},
                                  {"partitioner", text},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"rpc_port", int_},
                                  {"schema_version", uuid},
                                  {"tokens", set_of_texts()}});
}
inline system_table peers_table() {
    using enum data_type::kind;
    return system_table("peers", {{"peer", inet},
                                  {"data_center", text},
                                  {"host_id", uuid},
                                  {"preferred_ip", inet},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"schema_version", uuid},
                                  {"tokens", set_of_texts()}});
}
inline system_table peers_v2_table() {
    using enum data_type::kind;
    return system_table("peers_v2", {{"peer", inet},
                                     {"peer_port", int_},
                                     {"data_center", text},
                                     {"host_id", uuid},
                                     {"native_address", inet},
                                     {"native_port", int_},
                                     {"preferred_ip", inet},
                                     {"preferred_port", int_},
                                     {"rack", text},
                                     {"release_version", text},
                                     {"schema_version", uuid},
                                     {"tokens", set_of_texts()}});
}
inline data_type list_of_replicas() {
    return data_type::list(data_type::tuple({data_type::kind::uuid, data_type::kind::int_}));
}
/// Of ScyllaDB only.
inline system_table tablets_table() {
    using enum data_type::kind;
    return system_table("tablets", {{"table_id", uuid},
                                    {"last_token", bigint},
                                    {"base_table", uuid},
                                    {"keyspace_name", text},
                                    {"replicas", list_of_replicas()},
                                    {"table_name", text},
                                    {"tablet_count", int_}});
}

inline uuid id_of(int number) {
    uuid id;
    id.bytes[0] = std::byte{0xaa};
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}
inline inet_address address_of(const std::string& text) {
    return inet_address::parse(text).value();
}
inline value tokens_of(const std::vector<std::string>& texts) {
    value::sequence all;
    for (const auto& text : texts)
        all.emplace_back(text);
    return all;
}

} // namespace cocql::testing
