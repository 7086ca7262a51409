#include "io/stream/tls_failures.hpp"

#include "io/stream/client_certificate.hpp"
#include "io/stream/io_error.hpp"
#include "io/stream/openssl_error.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace cocql::io {

namespace asio = boost::asio;

namespace {

std::string rejection_advice(long verdict) {
    switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "connect by a name that is in the certificate, or set the server name to verify";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "the certificate is signed by itself: if it is the server's, give the CA file that "
               "has it";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "give the CA file of the authority that signed the server's certificate, or of one "
               "above it if the server sends all between";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: // only where a ready context says so
        return "the TLS context trusts an authority and not the one that signed it: add the root, "
               "or set X509_V_FLAG_PARTIAL_CHAIN";
    case X509_V_ERR_INVALID_CA:
        return "have the server's certificate signed by an authority: what signed it is none";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "check the dates of the certificate and of the authorities above it, and this "
               "machine's clock";
    default:
        return {};
    }
}

/// Alerts that are about the certificate which their receiver has sent, and nothing else.
bool is_about_certificates(int alert) noexcept {
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

/// Alerts by which servers turn a certificate down without saying so.
bool may_be_about_certificates(int alert) noexcept {
    return alert == SSL_AD_INTERNAL_ERROR || alert == SSL_AD_HANDSHAKE_FAILURE ||
           alert == SSL_AD_DECRYPT_ERROR;
}

} // namespace

error tls_failures::certificate_missing(error cause) const {
    error failure(errc::client_certificate_required,
                  "the server asked for a client certificate and none was sent, which is likely "
                  "why it ended the connection");
    failure.because(std::move(cause));
    // With another key or signature than the server can take, OpenSSL sends none.
    return failure.with_advice(SSL_get_certificate(ssl_) == nullptr
                                   ? "give a client certificate and its key"
                                   : "give a client certificate of a kind that the server takes: "
                                     "the one given was not sent");
}

error tls_failures::certificate_refused(error cause, bool said_so) const {
    const auto whose = "the client certificate that was sent (" + sent_certificate(ssl_) + ")";
    error failure(errc::client_certificate_refused,
                  said_so ? "the server refused " + whose
                          : "the server asked for a client certificate, and is likely to have "
                            "refused " +
                                whose);
    return failure.because(std::move(cause)).with_advice(advice_about_sent_certificate(ssl_));
}

error tls_failures::guessed(error failure) const {
    if (!is_about_our_certificate())
        return failure;
    return request_.was_answered() ? certificate_refused(std::move(failure), false)
                                   : certificate_missing(std::move(failure));
}

error tls_failures::of_end(boost::system::error_code code) const {
    const bool handshaking = when_ == moment::in_handshake;
    // With its goodbye Asio says `eof`, and without one that it was truncated.
    const char* const how = handshaking                ? " during the TLS handshake"
                            : code == asio::error::eof ? ""
                                                       : " without TLS close_notify (truncated)";
    error ended(errc::connection_lost, doing_ + ": the peer closed the connection" + how);
    ended.with(code);
    if (is_about_our_certificate())
        return guessed(std::move(ended));
    if (handshaking)
        return error(errc::tls_failed, "the TLS handshake failed")
            .because(std::move(ended))
            .with_advice("check that the port speaks TLS");
    return ended;
}

error tls_failures::of_socket(boost::system::error_code code) const {
    auto failure = io_error(doing_, code);
    return failure.is(errc::connection_lost) ? guessed(std::move(failure)) : failure;
}

error tls_failures::of_openssl(boost::system::error_code code) const {
    const bool handshaking = when_ == moment::in_handshake;
    const auto packed = static_cast<unsigned long>(static_cast<unsigned int>(code.value()));
    const int reason = ERR_GET_REASON(packed);
    const char* text = ERR_reason_error_string(packed);
    const std::string words = text != nullptr ? text : code.message();
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        const long verdict = SSL_get_verify_result(ssl_);
        return error(errc::certificate_rejected,
                     std::string("the server's certificate was rejected: ") +
                         X509_verify_cert_error_string(verdict) + " (X.509 code " +
                         std::to_string(verdict) + ")")
            .with(code)
            .with_x509(verdict)
            .with_advice(rejection_advice(verdict));
    }
    if (ERR_GET_LIB(packed) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
        const int alert = reason - SSL_AD_REASON_OFFSET;
        auto alerted =
            error(errc::tls_failed, doing_ + ": the peer sent TLS alert " + std::to_string(alert) +
                                        ", " + tls_alert_name(alert))
                .with(code)
                .with_tls_alert(alert);
        if (request_.was_answered() && is_about_certificates(alert))
            return certificate_refused(std::move(alerted), true);
        if (!request_.was_answered() && alert == SSL_AD_CERTIFICATE_REQUIRED)
            return certificate_missing(std::move(alerted));
        if (!request_.was_answered() || may_be_about_certificates(alert))
            return guessed(std::move(alerted));
        return alerted;
    }
    error failure(errc::tls_failed,
                  (handshaking ? "the TLS handshake failed: " : doing_ + ": ") + words);
    failure.with(code);
    if (reason == SSL_R_WRONG_VERSION_NUMBER && handshaking)
        failure.with_advice("the peer does not speak TLS on this port");
    return failure;
}

} // namespace cocql::io
