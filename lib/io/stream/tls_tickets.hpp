#pragma once

#include "io/stream/name_rules.hpp"
#include "io/stream/ssl_session_pointer.hpp"
#include "io/stream/tls_context.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

struct ssl_ctx_st;

namespace cocql::io {

/// The tickets of one node, by which connections to it resume TLS sessions of earlier ones. That
/// spares both sides the costly half of a handshake.
///
/// A resumed handshake does not show the peer's certificate again, so a ticket stands for the
/// verdict of the handshake that it came with. It is only used where the verdict would be asked for
/// in the same way: by the same context, with the same names, as long as the certificate is valid.
/// And only a node that has shown its certificate is given it: servers take none but their own, but
/// what they are shown of others' would tell them who was there.
///
/// A ticket of TLS 1.3 is used once, so that nobody on the way can tell that two connections are of
/// one client (RFC 8446, C.4); a session of TLS 1.2 as often as it serves.
///
/// Not thread-safe: for connections of one executor, which share it.
class tls_tickets {
  public:
    /// Of the newest so many are kept: a connection takes one, and gets one or two.
    static constexpr std::size_t most = 8;

    /// Handshakes that succeeded.
    struct handshakes {
        std::uint64_t full = 0;
        std::uint64_t resumed = 0;
    };

    /// Connections are made of this context.
    explicit tls_tickets(tls_context context);

    const tls_context& context() const noexcept { return context_; }
    /// Connections to come are made of another one. What there is is forgotten, and what is still
    /// to come to connections of the old one is not kept.
    void renew(tls_context context);

    /// Of a connection of a context, which has verified the peer by these names.
    void keep(ssl_session_pointer session, const ssl_ctx_st* by, const name_rules& names);
    /// One to be offered by such a connection; null for none.
    ssl_session_pointer take(const ssl_ctx_st* by, const name_rules& names);
    /// A handshake of such a connection has failed to which one was offered: others may be no
    /// better. There are servers that break off every such handshake (OpenSSL's, where it verifies
    /// clients and was given no session id context): after two without one that succeeded none is
    /// offered any more.
    void distrust(const ssl_ctx_st* by) noexcept;
    /// How often that was.
    std::uint64_t failed_offers() const noexcept { return failed_offers_; }
    /// Those that there are are another node's.
    void forget_all() noexcept { kept_.clear(); }
    void count(bool resumed) noexcept {
        ++(resumed ? counted_.resumed : counted_.full);
        if (resumed)
            failed_in_a_row_ = 0;
    }
    /// What was gathered here turns out to be of the other one's node.
    void pour_into(tls_tickets& other);

    std::size_t size() const noexcept { return kept_.size(); }
    const handshakes& counted() const noexcept { return counted_; }

  private:
    static constexpr std::uint32_t most_failures = 2;

    struct ticket {
        ssl_session_pointer session;
        name_rules names;
    };

    tls_context context_;
    std::deque<ticket> kept_; ///< the newest is last
    handshakes counted_;
    std::uint64_t failed_offers_ = 0;
    std::uint32_t failed_in_a_row_ = 0;
};

} // namespace cocql::io
