#include "core/message/bound_execute.hpp"

#include "core/message/execution_parameters.hpp"
#include "core/message/limits.hpp"
#include "core/message/query_parameters.hpp"

#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cocql::message {

namespace {

/// The parameters of statements without options of their own.
struct usual_parameters {
    static const usual_parameters& get() {
        static const usual_parameters usual;
        return usual;
    }

    execution_parameters parameters{statement_options()};
    std::uint32_t flags = parameters.flags();
    /// As they are written.
    std::vector<std::byte> after_values = written(parameters);

  private:
    static std::vector<std::byte> written(const execution_parameters& parameters) {
        std::vector<std::byte> bytes(parameters.most_after_values());
        base::room_writer room(bytes.data());
        parameters.put_after_values(room);
        bytes.resize(static_cast<std::size_t>(room.end() - bytes.data()));
        return bytes;
    }
};

constexpr std::size_t longest_short = std::numeric_limits<std::uint16_t>::max();

/// What to say the rows are known as.
std::span<const std::byte> metadata_id_of(const prepared_statement::parts& parts,
                                          bool metadata_ids) noexcept {
    const auto& known = parts.result_metadata_id;
    return metadata_ids && known ? std::span<const std::byte>(*known)
                                 : std::span<const std::byte>();
}

/// What all that comes before the values takes at most.
std::size_t most_before_values(const prepared_statement::parts& parts, bool metadata_ids) noexcept {
    return 2 + parts.id.size() + 2 + metadata_id_of(parts, metadata_ids).size() +
           execution_parameters::most_before_values + 2;
}

void put_before_values(base::room_writer& room, const prepared_statement::parts& parts,
                       bool metadata_ids, protocol_version version,
                       const execution_parameters& parameters, std::uint32_t flags,
                       std::size_t count) noexcept {
    if (bound_execute::skips_metadata(parts, metadata_ids))
        flags |= execution_parameters::flag_skip_metadata;
    if (count != 0)
        flags |= execution_parameters::flag_values;
    room.put(static_cast<std::uint16_t>(parts.id.size()));
    room.put(std::span<const std::byte>(parts.id));
    if (metadata_ids || version >= protocol_version::v5) {
        const auto metadata_id = metadata_id_of(parts, metadata_ids);
        room.put(static_cast<std::uint16_t>(metadata_id.size()));
        room.put(metadata_id);
    }
    parameters.put_before_values(room, flags, version);
    if (count != 0)
        room.put(static_cast<std::uint16_t>(count));
}

} // namespace

bool bound_execute::skips_metadata(const prepared_statement::parts& parts,
                                   bool metadata_ids) noexcept {
    // With the right id the server may leave the description of the rows out; with a wrong or an
    // empty one (the statement was prepared where ids are not spoken, or its table was altered) it
    // describes them.
    return !metadata_id_of(parts, metadata_ids).empty() && !parts.result_columns.empty();
}

void bound_execute::prepare_usual(prepared_statement::parts& parts, protocol_version version,
                                  bool metadata_ids) {
    // v3 has values that it cannot say, which must be looked for.
    if (version < protocol_version::v4 || parts.id.size() > longest_short ||
        metadata_id_of(parts, metadata_ids).size() > longest_short ||
        parts.parameters.size() > longest_short)
        return;
    const auto& parameters = usual_parameters::get();
    auto& usual = parts.usual;
    if (parameters.after_values.size() > usual.behind.size())
        return;
    usual.before.resize(most_before_values(parts, metadata_ids) + base::room_writer::block);
    base::room_writer before(usual.before.data());
    put_before_values(before, parts, metadata_ids, version, parameters.parameters, parameters.flags,
                      parts.parameters.size());
    usual.before_size = static_cast<std::size_t>(before.end() - usual.before.data());
    std::memcpy(usual.behind.data(), parameters.after_values.data(),
                parameters.after_values.size());
    usual.behind_size = parameters.after_values.size();
    usual.version = static_cast<std::uint8_t>(version);
    usual.metadata_ids = metadata_ids;
}

/// A few short runs, copied together without a call.
bool bound_execute::encode_usual(base::buffer& out, std::size_t before,
                                 protocol_version version) const {
    const auto& usual = bound_->statement().content()->usual;
    const auto& values = bound_->values_;
    const auto size = values.size();
    const auto most = before + usual.before_size + size + usual.behind.size();
    if (!is_usual(version) || size > byte_sink::small_size || !out.has_room(most)) [[unlikely]]
        return false;
    base::room_writer room(out.grow(most) + before);
    room.put_in_blocks(usual.before.data(), usual.before_size);
    room.put_in_blocks(values.bytes_, size);
    std::memcpy(room.end(), usual.behind.data(), usual.behind.size());
    out.truncate(static_cast<std::size_t>(room.end() - out.data()) + usual.behind_size);
    return true;
}

/// Says what encode() has seen to be wrong.
error bound_execute::refused(protocol_version version) const {
    const auto& parts = *bound_->statement().content();
    if (auto fits = check_short(parts.id.size(), "the statement's id"); !fits)
        return fits.error();
    if (auto fits =
            check_short(metadata_id_of(parts, layout_.metadata_ids()).size(), "the metadata's id");
        !fits)
        return fits.error();
    return written_values{bound_->bytes(), bound_->size(), bound_->has_unset()}
        .check(version)
        .error();
}

result<void> bound_execute::encode(base::byte_writer& out, protocol_version version) const {
    const auto& parts = *bound_->statement().content();
    if (parts.id.size() > longest_short ||
        metadata_id_of(parts, layout_.metadata_ids()).size() > longest_short ||
        bound_->size() > longest_short || (bound_->has_unset() && version < protocol_version::v4))
        [[unlikely]]
        return refused(version);
    if (options_ == nullptr) {
        const auto& usual = usual_parameters::get();
        write(out, version, usual.parameters, usual.flags, usual.after_values.size(),
              [&](base::room_writer& room) { room.put(usual.after_values); });
        return {};
    }
    const execution_parameters own(*options_);
    if (auto possible = own.check(version); !possible)
        return possible;
    write(out, version, own, own.flags(), own.most_after_values(),
          [&](base::room_writer& room) { own.put_after_values(room); });
    return {};
}

template <class PutAfterValues>
void bound_execute::write(base::byte_writer& out, protocol_version version,
                          const execution_parameters& parameters, std::uint32_t flags,
                          std::size_t most_after_values, PutAfterValues put_after_values) const {
    const auto& parts = *bound_->statement().content();
    const auto& values = bound_->values_;
    const bool apart = values.size() >= byte_sink::shortest_shared && out.may_write_apart();
    auto room = out.room(most_before_values(parts, layout_.metadata_ids()) +
                         (apart ? 0 : values.size()) + most_after_values + 1);
    put_before_values(room, parts, layout_.metadata_ids(), version, parameters, flags,
                      bound_->size());
    if (!apart) {
        room.put(values.bytes());
    } else {
        out.used(room);
        out.write_apart(base::shared_bytes(values.share(), values.size()));
        room = out.room(most_after_values + 1);
    }
    put_after_values(room);
    if (layout_.version_blocks())
        room.put(layout_.version_block());
    out.used(room);
}

} // namespace cocql::message
