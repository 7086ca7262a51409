#include "core/message/prepared_result.hpp"

#include "core/message/result_kind.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

prepared_result prepared_result::decode(base::byte_reader& in, protocol_version version,
                                        bool metadata_ids) {
    prepared_result result;
    const auto id = wire::read_short_bytes(in);
    result.id.assign(id.begin(), id.end());
    if (version >= protocol_version::v5 || metadata_ids) {
        const auto metadata_id = wire::read_short_bytes(in);
        result.result_metadata_id.emplace(metadata_id.begin(), metadata_id.end());
    }
    result.flags = in.read_u32();
    const auto count = in.check_count(in.read_i32(), 4);
    if (version >= protocol_version::v4) {
        const auto indices = in.check_count(in.read_i32(), 2);
        for (std::size_t i = 0; i < indices; ++i) {
            result.partition_key_indices.push_back(in.read_u16());
            if (result.partition_key_indices.back() >= count)
                in.fail();
        }
    }
    type_budget budget;
    // Without parameters there is no table either, whatever the flag says.
    if (count != 0)
        result.parameters = read_columns(
            in, count, (result.flags & rows_metadata::flag_global_tables_spec) != 0, budget);
    result.result = rows_metadata::decode(in, nullptr, budget);
    return result;
}

void prepared_result::encode(base::byte_writer& out, protocol_version version) const {
    out.write_i32(static_cast<std::int32_t>(result_kind::prepared));
    wire::write_short_bytes(out, id);
    if (version >= protocol_version::v5 || result_metadata_id)
        wire::write_short_bytes(out, result_metadata_id
                                         ? std::span<const std::byte>(*result_metadata_id)
                                         : std::span<const std::byte>());
    const bool global = share_one_table(parameters);
    out.write_u32((flags & ~rows_metadata::flag_global_tables_spec) |
                  (global ? rows_metadata::flag_global_tables_spec : 0u));
    out.write_u32(static_cast<std::uint32_t>(parameters.size()));
    if (version >= protocol_version::v4) {
        out.write_u32(static_cast<std::uint32_t>(partition_key_indices.size()));
        for (const auto index : partition_key_indices)
            out.write_u16(index);
    }
    write_columns(out, parameters, global);
    result.encode(out);
}

} // namespace cocql::message
