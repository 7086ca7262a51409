#include "io/stream/certificate_request.hpp"

#include <openssl/ssl.h>

#include <new>

namespace cocql::io {

/// Where a connection of OpenSSL keeps who watches it.
int certificate_request::place() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void certificate_request::watch(ssl_st* ssl) {
    if (SSL_set_ex_data(ssl, place(), this) != 1)
        throw std::bad_alloc();
    // Before it comes the context's, which a new connection does not have itself.
    theirs_ = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(ssl));
    SSL_set_info_callback(ssl, &certificate_request::state_changed);
}

void certificate_request::stop(ssl_st* ssl) noexcept {
    SSL_set_info_callback(ssl, nullptr);
    SSL_set_ex_data(ssl, place(), nullptr);
}

void certificate_request::state_changed(const ssl_st* ssl, int where, int what) {
    auto* const watching = static_cast<certificate_request*>(SSL_get_ex_data(ssl, place()));
    if (watching == nullptr)
        return;
    // It is told on leaving a state.
    switch (SSL_get_state(ssl)) {
    case TLS_ST_CR_CERT_REQ:
        watching->made_ = true;
        break;
    case TLS_ST_CW_CERT_VRFY:
        watching->answered_ = true;
        break;
    default:
        break;
    }
    if (watching->theirs_ != nullptr)
        watching->theirs_(ssl, where, what);
}

} // namespace cocql::io
