#pragma once

#include <cocql/error.hpp>

#include <string>

namespace cocql::io {

/// The oldest entry of OpenSSL's error queue of this thread as text (`bad decrypt`), and empties
/// the queue. Never contains key material.
std::string take_openssl_reason();

/// The alert's name in RFC 8446, section 6.2, for example `certificate required`.
std::string tls_alert_name(int alert);

} // namespace cocql::io
