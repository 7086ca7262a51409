#pragma once

#include "io/stream/tls_tickets.hpp"

#include <cocql/uuid.hpp>

#include <map>
#include <memory>

namespace cocql::io {

/// What a session has prepared of TLS, once for all its connections: the context, and each node's
/// tickets, by the node's id, whatever its addresses and ports are. Not thread-safe.
class ticket_store {
  public:
    /// Of the options' files. As tls_context::for_client() says.
    explicit ticket_store(tls_context context) : context_(std::move(context)) {}

    const tls_context& context() const noexcept { return context_; }
    std::shared_ptr<tls_tickets> of(const uuid& host);
    /// For a connection to whichever node it leads to; to be poured into that one's own.
    std::shared_ptr<tls_tickets> of_stranger() const;
    /// The node is gone for good; its handshakes still count.
    void forget(const uuid& host);
    /// Connections to come are made of another context; all tickets are forgotten.
    void renew(tls_context context);

    /// Of all nodes.
    tls_tickets::handshakes counted() const noexcept;

  private:
    tls_context context_;
    std::map<uuid, std::shared_ptr<tls_tickets>> nodes_;
    tls_tickets::handshakes of_gone_;
};

} // namespace cocql::io
