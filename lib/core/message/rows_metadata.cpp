#include "core/message/rows_metadata.hpp"

#include "core/message/type_notation.hpp"
#include "core/wire/notation.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace cocql::message {

namespace {

/// A statement has at most 65,535 markers, no table has as many columns, and each costs some thirty
/// times its bytes on the wire.
constexpr std::size_t column_limit = 65535;
constexpr std::size_t shared_names_limit = 16u * 1024 * 1024;

} // namespace

std::vector<column> read_columns(base::byte_reader& in, std::size_t count, bool global,
                                 type_budget& budget) {
    std::string keyspace;
    std::string table;
    if (global) {
        keyspace = wire::read_string(in);
        table = wire::read_string(in);
    }
    // A column takes at least its name's length and its type.
    count = in.check_count(static_cast<std::int64_t>(count), global ? 4 : 8);
    // One pair of names is copied into every column: long names and many columns would turn one
    // frame into gigabytes. No server has names as long as this bears.
    if (count > column_limit || count * (keyspace.size() + table.size()) > shared_names_limit) {
        in.fail();
        return {};
    }
    std::vector<column> columns;
    columns.reserve(count);
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        if (!global) {
            keyspace = wire::read_string(in);
            table = wire::read_string(in);
        }
        std::string name(wire::read_string(in));
        columns.push_back({keyspace, table, std::move(name), read_type(in, budget)});
    }
    return columns;
}

void write_columns(base::byte_writer& out, const std::vector<column>& columns, bool global) {
    if (global && !columns.empty()) {
        wire::write_string(out, columns.front().keyspace);
        wire::write_string(out, columns.front().table);
    }
    for (const auto& column : columns) {
        if (!global) {
            wire::write_string(out, column.keyspace);
            wire::write_string(out, column.table);
        }
        wire::write_string(out, column.name);
        write_type(out, column.type);
    }
}

bool share_one_table(const std::vector<column>& columns) noexcept {
    return !columns.empty() && std::all_of(columns.begin(), columns.end(), [&](const column& each) {
        return each.keyspace == columns.front().keyspace && each.table == columns.front().table;
    });
}

namespace {

/// Compares without decoding.
bool is_described_as(const known_columns& known, std::size_t count, bool global,
                     std::span<const std::byte> rest) noexcept {
    const auto description = known.description();
    return known.columns().size() == count && known.global() == global && !description.empty() &&
           rest.size() >= description.size() &&
           std::memcmp(rest.data(), description.data(), description.size()) == 0;
}

} // namespace

rows_metadata rows_metadata::decode(base::byte_reader& in, const known_columns* known) {
    type_budget budget;
    return decode(in, known, budget);
}

rows_metadata rows_metadata::decode(base::byte_reader& in, const known_columns* known,
                                    type_budget& budget) {
    rows_metadata metadata;
    const auto flags = in.read_u32();
    const auto count = in.read_i32();
    if (count < 0)
        in.fail();
    if (in.failed())
        return metadata;
    metadata.column_count = static_cast<std::size_t>(count);
    metadata.no_metadata = (flags & flag_no_metadata) != 0;
    if ((flags & flag_has_more_pages) != 0) {
        const auto state = wire::read_bytes(in);
        // More pages without a way to ask for them would end a listing early, unnoticed.
        if (!state || state->empty())
            in.fail();
        else
            metadata.paging_state.emplace(state->begin(), state->end());
    }
    if ((flags & flag_metadata_changed) != 0) {
        const auto id = wire::read_short_bytes(in);
        metadata.new_metadata_id.emplace(id.begin(), id.end());
    }
    if (metadata.no_metadata)
        return metadata;
    metadata.global = (flags & flag_global_tables_spec) != 0;
    if (known != nullptr && !in.failed() &&
        is_described_as(*known, metadata.column_count, metadata.global, in.rest())) {
        metadata.as_known = true;
        metadata.description = in.read_bytes(known->description().size());
        return metadata;
    }
    const auto description = in.rest();
    metadata.columns = read_columns(in, metadata.column_count, metadata.global, budget);
    metadata.description = description.first(description.size() - in.remaining());
    return metadata;
}

void rows_metadata::encode(base::byte_writer& out) const {
    const bool global = !no_metadata && share_one_table(columns);
    std::uint32_t flags = 0;
    if (global)
        flags |= flag_global_tables_spec;
    if (paging_state)
        flags |= flag_has_more_pages;
    if (no_metadata)
        flags |= flag_no_metadata;
    if (new_metadata_id)
        flags |= flag_metadata_changed;
    out.write_u32(flags);
    out.write_u32(static_cast<std::uint32_t>(column_count));
    if (paging_state)
        wire::write_bytes(out, std::span<const std::byte>(*paging_state));
    if (new_metadata_id)
        wire::write_short_bytes(out, *new_metadata_id);
    if (!no_metadata)
        write_columns(out, columns, global);
}

} // namespace cocql::message
