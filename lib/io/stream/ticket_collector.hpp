#pragma once

#include "io/stream/name_rules.hpp"
#include "io/stream/tls_tickets.hpp"

#include <memory>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace cocql::io {

/// What one connection of a client has to do with the tickets of its node: it is given one for its
/// handshake, and those that come to it are kept.
///
/// Those of TLS 1.3 come at any time after the handshake, and OpenSSL tells of each by a callback
/// of the context. It is put into contexts of our own alone: in one that is the application's it
/// would be in the way of the application's own callback.
class ticket_collector {
  public:
    /// Has OpenSSL tell of the tickets that come to connections of this context.
    static void listen_on(ssl_ctx_st* context) noexcept;

    ticket_collector(std::shared_ptr<tls_tickets> tickets, const name_rules& names);
    ticket_collector(const ticket_collector&) = delete;
    ticket_collector& operator=(const ticket_collector&) = delete;

    /// Before the handshake. The connection borrows it, for as long as it is read from.
    void begin(ssl_st* ssl);
    /// How the handshake has ended.
    void ended(ssl_st* ssl, bool succeeded) noexcept;

  private:
    static int ticket_came(ssl_st* ssl, ssl_session_st* session) noexcept;
    static int place();
    void keep(ssl_st* ssl, ssl_session_st* session);

    std::shared_ptr<tls_tickets> tickets_;
    name_rules names_;
    bool offered_ = false;
};

} // namespace cocql::io
