#include "core/message/execute.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> execute::encode(base::byte_writer& out, protocol_version version) const {
    if (auto fits = check_short(id.size(), "the statement's id"); !fits)
        return fits;
    auto room = out.room(2 + id.size());
    room.put(static_cast<std::uint16_t>(id.size()));
    room.put(id);
    out.used(room);
    if (version >= protocol_version::v5 || result_metadata_id) {
        const auto metadata_id = result_metadata_id.value_or(std::span<const std::byte>());
        if (auto fits = check_short(metadata_id.size(), "the metadata's id"); !fits)
            return fits;
        wire::write_short_bytes(out, metadata_id);
    }
    auto written = parameters.encode(out, version);
    if (written && version_block)
        out.write_u8(*version_block);
    return written;
}

result<execute> execute::decode(base::byte_reader& in, protocol_version version, bool metadata_ids,
                                bool version_blocks) {
    execute message;
    message.id = wire::read_short_bytes(in);
    if (version >= protocol_version::v5 || metadata_ids)
        message.result_metadata_id = wire::read_short_bytes(in);
    message.parameters = query_parameters::decode(in, version);
    if (version_blocks)
        message.version_block = in.read_u8();
    return finish(in, std::move(message), "EXECUTE");
}

} // namespace cocql::message
