#include "core/message/bound_execute.hpp"

#include "core/message/execution_parameters.hpp"
#include "core/message/limits.hpp"
#include "core/message/query_parameters.hpp"

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

} // namespace

/// What to say the rows are known as.
std::span<const std::byte> bound_execute::metadata_id() const noexcept {
    if (!metadata_ids_)
        return {};
    const auto& known = bound_->statement().result_metadata_id();
    return known ? std::span<const std::byte>(*known) : std::span<const std::byte>();
}

bool bound_execute::skips_metadata() const noexcept {
    // With the right id the server may leave the description of the rows out; with a wrong or an
    // empty one (the statement was prepared where ids are not spoken, or its table was altered) it
    // describes them.
    return metadata_ids_ && !metadata_id().empty() && !bound_->statement().result_columns().empty();
}

/// Says what encode() has seen to be wrong.
error bound_execute::refused(protocol_version version) const {
    if (auto fits = check_short(bound_->statement().id().size(), "the statement's id"); !fits)
        return fits.error();
    if (auto fits = check_short(metadata_id().size(), "the metadata's id"); !fits)
        return fits.error();
    return written_values{bound_->bytes(), bound_->size(), bound_->has_unset()}
        .check(version)
        .error();
}

result<void> bound_execute::encode(base::byte_writer& out, protocol_version version) const {
    if (bound_->statement().id().size() > longest_short || metadata_id().size() > longest_short ||
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
    const std::span<const std::byte> id(parts.id);
    const auto metadata_id = this->metadata_id();
    const auto count = bound_->size();
    if (skips_metadata())
        flags |= execution_parameters::flag_skip_metadata;
    if (count != 0)
        flags |= execution_parameters::flag_values;
    auto& values = bound_->values_;
    const bool apart = values.size() >= shortest_apart && out.may_write_apart();
    auto room =
        out.room(2 + id.size() + 2 + metadata_id.size() + execution_parameters::most_before_values +
                 2 + (apart ? 0 : values.size()) + most_after_values);
    room.put(static_cast<std::uint16_t>(id.size()));
    room.put(id);
    if (metadata_ids_ || version >= protocol_version::v5) {
        room.put(static_cast<std::uint16_t>(metadata_id.size()));
        room.put(metadata_id);
    }
    parameters.put_before_values(room, flags, version);
    if (count != 0)
        room.put(static_cast<std::uint16_t>(count));
    if (!apart) {
        room.put(values.bytes());
    } else {
        out.used(room);
        out.write_apart(taken_from(values));
        room = out.room(most_after_values);
    }
    put_after_values(room);
    out.used(room);
}

base::owned_bytes bound_execute::taken_from(byte_sink& values) noexcept {
    const auto size = std::exchange(values.size_, 0);
    const auto capacity = std::exchange(values.capacity_, byte_sink::small_size);
    return base::owned_bytes(std::exchange(values.bytes_, values.small_), size, capacity);
}

} // namespace cocql::message
