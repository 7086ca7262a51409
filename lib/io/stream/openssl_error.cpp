#include "io/stream/openssl_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>

namespace cocql::io {

std::string take_openssl_reason() {
    std::string text;
    // The first entry is usually the most telling about files; "no start line" and the like.
    for (auto code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty())
            continue;
        if (ERR_SYSTEM_ERROR(code))
            text = std::strerror(ERR_GET_REASON(code));
        else
            text = reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
    }
    return text.empty() ? "unknown reason" : text;
}

std::string tls_alert_name(int alert) {
    // OpenSSL 3.0 has no words for the newer ones.
    switch (alert) {
    case SSL_AD_MISSING_EXTENSION:
        return "missing extension";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "certificate required";
    default:
        return SSL_alert_desc_string_long(alert);
    }
}

} // namespace cocql::io
