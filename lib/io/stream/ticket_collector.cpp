#include "io/stream/ticket_collector.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <new>
#include <utility>

namespace cocql::io {

/// Where a connection of OpenSSL keeps who collects its tickets.
int ticket_collector::place() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void ticket_collector::listen_on(ssl_ctx_st* context) noexcept {
    // Kept by node, and not by the context, which has those of all nodes.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &ticket_collector::ticket_came);
}

ticket_collector::ticket_collector(std::shared_ptr<tls_tickets> tickets, const name_rules& names)
    : tickets_(std::move(tickets)), names_(names) {}

void ticket_collector::begin(ssl_st* ssl) {
    if (SSL_set_ex_data(ssl, place(), this) != 1)
        throw std::bad_alloc();
    if (const auto session = tickets_->take(SSL_get_SSL_CTX(ssl), names_))
        offered_ = SSL_set_session(ssl, session.get()) == 1;
}

void ticket_collector::ended(ssl_st* ssl, bool succeeded) noexcept {
    if (succeeded)
        tickets_->count(SSL_session_reused(ssl) == 1);
    else if (offered_)
        tickets_->distrust(SSL_get_SSL_CTX(ssl));
}

/// Whether it is kept, in OpenSSL's terms; what is kept here is a copy, because OpenSSL marks a
/// session as spent when its connection ends without a goodbye.
int ticket_collector::ticket_came(ssl_st* ssl, ssl_session_st* session) noexcept {
    auto* const collecting = static_cast<ticket_collector*>(SSL_get_ex_data(ssl, place()));
    if (collecting != nullptr) {
        try {
            collecting->keep(ssl, session);
        } catch (const std::bad_alloc&) {
            // Then the next handshake is a full one.
        }
    }
    return 0;
}

void ticket_collector::keep(ssl_st* ssl, ssl_session_st* session) {
    if (names_.verifies_chain() && SSL_get_verify_result(ssl) != X509_V_OK)
        return;
    if (auto copy = ssl_session_pointer(SSL_SESSION_dup(session)))
        tickets_->keep(std::move(copy), SSL_get_SSL_CTX(ssl), names_);
}

} // namespace cocql::io
