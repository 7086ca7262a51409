#include "io/stream/guarded_verification.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <new>

namespace cocql::io {

/// Where a connection of OpenSSL keeps who watches it.
int guarded_verification::place() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void guarded_verification::watch(ssl_st* ssl) {
    theirs_ = SSL_get_verify_callback(ssl);
    if (theirs_ == nullptr)
        return;
    if (SSL_set_ex_data(ssl, place(), this) != 1)
        throw std::bad_alloc();
    SSL_set_verify(ssl, SSL_get_verify_mode(ssl), &guarded_verification::verify);
}

void guarded_verification::stop(ssl_st* ssl) noexcept {
    SSL_set_verify(ssl, SSL_get_verify_mode(ssl), theirs_);
    SSL_set_ex_data(ssl, place(), nullptr);
}

int guarded_verification::verify(int preverified, x509_store_ctx_st* chain) {
    auto* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const guard = static_cast<guarded_verification*>(SSL_get_ex_data(ssl, place()));
    if (guard == nullptr) // a handshake that nobody waits for any more
        return 0;
    try {
        return guard->theirs_(preverified, chain);
    } catch (...) {
        guard->thrown_ = std::current_exception();
        X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
}

} // namespace cocql::io
