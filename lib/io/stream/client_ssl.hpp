#pragma once

#include "io/stream/name_rules.hpp"

#include <cocql/result.hpp>

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace cocql::io {

struct ssl_delete {
    void operator()(ssl_st* ssl) const noexcept;
};
using ssl_pointer = std::unique_ptr<ssl_st, ssl_delete>;

/// What OpenSSL needs for one connection of a client: the context's settings, the names to send and
/// to verify, and those ways of reading and writing that a stream decides for itself, whatever the
/// context says. A context that was made by somebody else may say anything.
///
/// Decided here are: what is read ahead, which would lie where the stream cannot see it, pipelines
/// with it; asynchronous engines, which nobody would wait for; renegotiation and authentication
/// after the handshake, for which a write would have to wait for the peer.
result<ssl_pointer> make_client_ssl(ssl_ctx_st* context, const name_rules& names);

} // namespace cocql::io
