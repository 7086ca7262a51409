#pragma once

#include <cocql/consistency.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace cocql {

/// What a load_balancing_policy is told of a request. It borrows what it has, for the call.
struct routed_request {
    /// Of the table that it is about, as far as a prepared statement or a request_route says that;
    /// otherwise the keyspace in which its names are looked up. Empty where there is none.
    std::string_view keyspace;
    std::string_view table;
    /// Where its partition lies on the ring; nothing where that is not known.
    std::optional<std::int64_t> token;
    cocql::consistency consistency = cocql::consistency::local_quorum;
    /// Its nodes agree among themselves (Paxos): a read at SERIAL or LOCAL_SERIAL, or a prepared
    /// statement of which the server has said so (ScyllaDB). All clients had better send it to the
    /// same replica first.
    bool is_conditional = false;
    /// It may be carried out twice (statement_options::idempotent()): where it was tried before it
    /// may have been executed there.
    bool is_idempotent = false;
    /// Which of the request's attempts it will be: 1, 2, …
    std::uint32_t attempt = 1;
    /// Drawn for each attempt, to share work out with.
    std::uint32_t chance = 0;
};

} // namespace cocql
