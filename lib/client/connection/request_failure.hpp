#pragma once

#include "client/connection/implementation.hpp"
#include "core/message/request.hpp"

#include <cocql/error.hpp>

#include <utility>

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

/// The message of a kind of work, before it is written.
template <class Work>
typename Work::request message_of(const implementation& impl, Work& work) {
    if constexpr (requires { work.make_message(impl); })
        return work.make_message(impl);
    else
        return typename Work::request();
}

} // namespace cocql::client
