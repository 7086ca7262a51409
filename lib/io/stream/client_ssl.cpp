#include "io/stream/client_ssl.hpp"

#include "io/stream/openssl_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>

namespace cocql::io {

namespace {

void decide_ways(SSL* ssl) noexcept {
    // In this order: more than one pipeline means reading ahead.
    SSL_set_max_pipelines(ssl, 1);
    SSL_set_read_ahead(ssl, 0);
    SSL_clear_mode(ssl, SSL_MODE_ASYNC);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_set_post_handshake_auth(ssl, 0);
}

} // namespace

void ssl_delete::operator()(ssl_st* ssl) const noexcept {
    SSL_free(ssl);
}

result<ssl_pointer> make_client_ssl(ssl_ctx_st* context, const name_rules& names) {
    const auto failed = [](const char* doing) {
        return error(errc::tls_failed, std::string(doing) + ": " + take_openssl_reason());
    };
    ERR_clear_error();
    ssl_pointer ssl(SSL_new(context));
    if (!ssl)
        return failed("cannot begin TLS");
    decide_ways(ssl.get());
    SSL_set_verify(ssl.get(), names.verifies_chain() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                   SSL_get_verify_callback(ssl.get()));
    if (!names.sni().empty() && SSL_set_tlsext_host_name(ssl.get(), names.sni().c_str()) != 1)
        return failed("cannot set the server name");
    auto* const parameters = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!names.dns_name().empty() &&
        X509_VERIFY_PARAM_set1_host(parameters, names.dns_name().data(), names.dns_name().size()) !=
            1)
        return failed("cannot set the name to verify");
    if (!names.ip_address().empty() &&
        X509_VERIFY_PARAM_set1_ip_asc(parameters, names.ip_address().c_str()) != 1)
        return failed("cannot set the address to verify");
    return ssl;
}

} // namespace cocql::io
