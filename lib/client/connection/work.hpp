#pragma once

#include "client/connection/implementation.hpp"
#include "client/connection/preparations.hpp"
#include "core/message/request.hpp"

#include <cocql/error.hpp>

#include <cstddef>
#include <span>
#include <utility>

// What is common to all kinds of work (see asking).

namespace cocql::client {

/// Completes an error that is not the protocol's own: `unless_known` is what became of the request
/// if the error does not say.
inline error about(error failure, const implementation& impl, const message::request& message,
                   request_outcome unless_known) {
    if (failure.outcome() == request_outcome::not_a_request)
        failure.with(unless_known);
    if (failure.endpoint().empty())
        failure.at(impl.where().to_string());
    if (failure.operation().empty())
        failure.during(wire::to_string(message.opcode()));
    return failure;
}

/// The prepared statement with this id among those of a kind of work; null for none.
template <class Work>
preparations::statement prepared_in(const Work& work, std::span<const std::byte> id) {
    if constexpr (requires { work.prepared(id); })
        return work.prepared(id);
    else
        return nullptr;
}
template <class Work>
void put_renewed(Work& work, const preparations::statement& statement) {
    if constexpr (requires { work.renew(statement); })
        work.renew(statement);
}

/// The message of a kind of work, before it is written.
template <class Work>
typename Work::request message_of(const implementation& impl, Work& work) {
    if constexpr (requires { work.make_message(impl); })
        return work.make_message(impl);
    else
        return typename Work::request();
}

} // namespace cocql::client
