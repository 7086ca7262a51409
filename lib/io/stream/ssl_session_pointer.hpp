#pragma once

#include <memory>

struct ssl_session_st;

namespace cocql::io {

struct ssl_session_delete {
    void operator()(ssl_session_st* session) const noexcept;
};
/// What OpenSSL keeps of a TLS session by which it can be resumed: its secret, the ticket, and the
/// certificate that was verified.
using ssl_session_pointer = std::unique_ptr<ssl_session_st, ssl_session_delete>;

} // namespace cocql::io
