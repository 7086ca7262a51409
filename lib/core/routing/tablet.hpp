#pragma once

#include "core/routing/token.hpp"

#include <cocql/result.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::routing {

/// A part of a ScyllaDB table that has its replicas for itself: the partitions of a stretch of the
/// ring, on one shard of each of its hosts.
struct tablet {
    struct replica {
        uuid host;
        std::uint32_t shard = 0;
        friend bool operator==(const replica&, const replica&) = default;
    };

    token after; ///< the stretch begins behind this one
    token last;  ///< and ends with this one
    /// In the server's order; the leader first where the table's keyspace has one.
    std::vector<replica> replicas;
    /// Of this division, where the server tells it (tablets-routing-v2). Goes with the replicas:
    /// nobody may send the one with others.
    std::optional<std::uint64_t> version;

    /// Of the first stretch also the least token of all, which a log of changes can have.
    bool has(token where) const noexcept {
        return (after < where || after == token::least()) && where <= last;
    }

    friend bool operator==(const tablet&, const tablet&) = default;
};

/// How a server tells a tablet in the custom payload of an answer (ScyllaDB,
/// docs/dev/tablets-routing-v1.md and -v2.md): a tuple of the first and the last token and a list
/// of tuples of host and shard; and in the second version the division's version.
enum class tablet_payload { v1, v2 };

/// The payload's key for it.
inline constexpr const char* key_of(tablet_payload which) noexcept {
    return which == tablet_payload::v2 ? "tablets-routing-v2" : "tablets-routing-v1";
}

/// Reads its value; errc::protocol_error for what is not whole or makes no sense: a stretch that
/// ends before it begins, a negative shard, nulls.
result<tablet> decode_tablet(std::span<const std::byte> payload, tablet_payload which);

/// What an EXECUTE of a statement for one partition carries behind its parameters, in v2: which
/// four bits of the version these are, counted from the lowest, and the bits. Of no tablet, or of
/// one without a version, whatever does: the server then tells.
std::uint8_t version_block(const tablet* known, unsigned which) noexcept;

} // namespace cocql::routing
