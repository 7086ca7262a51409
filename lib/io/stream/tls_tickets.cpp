#include "io/stream/tls_tickets.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cocql::io {

namespace {

bool serves_once(const SSL_SESSION* session) noexcept {
    return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

/// Whether a full handshake would still accept the certificate's time.
bool is_valid(SSL_SESSION* session) noexcept {
    const X509* const certificate = SSL_SESSION_get0_peer(session);
    return certificate != nullptr && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

} // namespace

void ssl_session_delete::operator()(ssl_session_st* session) const noexcept {
    SSL_SESSION_free(session);
}

tls_tickets::tls_tickets(tls_context context) : context_(std::move(context)) {}

void tls_tickets::renew(tls_context context) {
    kept_.clear();
    failed_in_a_row_ = 0;
    context_ = std::move(context);
}

void tls_tickets::keep(ssl_session_pointer session, const ssl_ctx_st* by, const name_rules& names) {
    if (by != context_.native())
        return;
    // The newest is enough of those that serve as often as one likes.
    if (!serves_once(session.get()))
        std::erase_if(kept_, [&](const ticket& each) {
            return !serves_once(each.session.get()) && each.names == names;
        });
    kept_.push_back({std::move(session), names});
    if (kept_.size() > most)
        kept_.pop_front();
}

ssl_session_pointer tls_tickets::take(const ssl_ctx_st* by, const name_rules& names) {
    if (by != context_.native() || failed_in_a_row_ >= most_failures)
        return nullptr;
    std::erase_if(kept_, [](const ticket& each) {
        return SSL_SESSION_is_resumable(each.session.get()) != 1 ||
               (each.names.verifies_chain() && !is_valid(each.session.get()));
    });
    const auto found = std::ranges::find(kept_.rbegin(), kept_.rend(), names, &ticket::names);
    if (found == kept_.rend())
        return nullptr;
    // A copy: OpenSSL marks the one that it is given as spent when its connection ends badly.
    if (!serves_once(found->session.get()))
        return ssl_session_pointer(SSL_SESSION_dup(found->session.get()));
    auto taken = std::move(found->session);
    kept_.erase(std::next(found).base());
    return taken;
}

void tls_tickets::distrust(const ssl_ctx_st* by) noexcept {
    if (by != context_.native())
        return;
    kept_.clear();
    ++failed_offers_;
    ++failed_in_a_row_;
}

void tls_tickets::pour_into(tls_tickets& other) {
    for (auto& each : kept_)
        other.keep(std::move(each.session), context_.native(), each.names);
    kept_.clear();
    other.counted_.full += std::exchange(counted_.full, 0);
    other.counted_.resumed += std::exchange(counted_.resumed, 0);
}

} // namespace cocql::io
