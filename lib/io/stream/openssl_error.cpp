#include "io/stream/openssl_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cocql::io {

std::string take_openssl_reason() {
    std::string text;
    // The first entry is usually the most telling about files; "no start line" and the like.
    for (auto code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (text.empty())
            text = reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
    }
    return text.empty() ? "unknown reason" : text;
}

std::string tls_alert_name(int alert) { return SSL_alert_desc_string_long(alert); }

} // namespace cocql::io
