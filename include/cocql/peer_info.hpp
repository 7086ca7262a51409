#pragma once

#include <string>

namespace cocql {

/// What a transport knows of its peer.
struct peer_info {
    std::string address; ///< numeric, with port
    std::string local_address;
    bool tls = false;
    std::string tls_version; ///< `TLSv1.3`
    std::string cipher;      ///< `TLS_AES_256_GCM_SHA384`
    std::string certificate_subject;
    std::string certificate_issuer;
    bool session_resumed = false;
    /// It has asked for our certificate and got it, and proof that it is ours; of a resumed session
    /// only that we have one is known.
    bool certificate_shown = false;
};

} // namespace cocql
