#pragma once

#include <cocql/result.hpp>
#include <cocql/tls_options.hpp>

#include <string>
#include <string_view>

namespace cocql::io {

/// Which name is sent to the peer and which is looked for in its certificate.
///
/// Names come from what the user wrote and never from a reverse look-up: whoever controls that
/// could choose the name that is verified.
class name_rules {
  public:
    /// Decides for one connection. `host` is the endpoint's own name. Fails for what cannot be the
    /// name of one server (errc::bad_configuration): OpenSSL would take an empty name for "accept
    /// every name" and `.com` for every name below, and so on.
    static result<name_rules> decide(const tls_options& options, std::string_view host);

    /// Sent as server_name; empty: none (an IP literal may not be sent, RFC 6066 section 3).
    const std::string& sni() const noexcept { return sni_; }
    /// Looked for among the certificate's DNS names; empty: not.
    const std::string& dns_name() const noexcept { return dns_name_; }
    /// Looked for among the certificate's IP addresses; empty: not.
    const std::string& ip_address() const noexcept { return ip_address_; }
    bool verifies_chain() const noexcept { return verifies_chain_; }

    friend bool operator==(const name_rules&, const name_rules&) = default;

  private:
    std::string sni_;
    std::string dns_name_;
    std::string ip_address_;
    bool verifies_chain_ = true;
};

} // namespace cocql::io
