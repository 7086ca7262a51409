#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace boost::asio::ssl {
class context;
}

namespace cocql {

/// What of the peer's certificate is checked.
enum class tls_verify {
    full, ///< the chain up to a trusted authority, and the name
    ca,   ///< the chain only: any certificate of that authority will do
    none, ///< nothing: encryption without knowing to whom. For experiments only.
};

enum class tls_version { v1_2, v1_3 };

/// How a connection speaks TLS. The defaults are the safe ones: full verification against the
/// system's authorities, TLS 1.2 or newer, no renegotiation, no compression.
///
/// Files are PEM. They are read when a connection is opened, before any network I/O; a file that
/// cannot be used makes opening fail with errc::bad_configuration and the file's name. A session
/// reads them once, when it connects, and again in session::reload_tls().
class tls_options {
  public:
    tls_options() = default;

    /// Trust the certificates in this file instead of the system's authorities. Each is trusted
    /// for itself: a root, an authority below one without its root, or a server's own certificate.
    /// Dates, names and purposes are checked all the same.
    tls_options& ca_file(std::string path) {
        ca_file_ = std::move(path);
        return *this;
    }
    /// Our certificate (chain) and its key, for servers that demand one.
    tls_options& certificate_file(std::string path) {
        certificate_file_ = std::move(path);
        return *this;
    }
    tls_options& key_file(std::string path) {
        key_file_ = std::move(path);
        return *this;
    }
    /// Opens an encrypted key file. Never logged.
    tls_options& key_password(std::string password) {
        key_password_ = std::move(password);
        return *this;
    }
    /// The name sent as SNI and verified, in place of the endpoint's own: of one server, with
    /// letters, digits, '-', '.' and '_' (other alphabets in Punycode), or an IP address, which is
    /// looked for among the certificate's addresses and not sent. A dot at its end does not count.
    /// Opening fails with errc::bad_configuration, before any network I/O, when it is empty, begins
    /// with a dot, has a wildcard, or cannot be a name in another way. The same is asked of an
    /// endpoint's host that is to be verified.
    tls_options& server_hostname(std::string name) {
        server_hostname_ = std::move(name);
        return *this;
    }
    tls_options& verify(tls_verify what) {
        verify_ = what;
        return *this;
    }
    tls_options& minimum_version(tls_version version) {
        minimum_version_ = version;
        return *this;
    }
    tls_options& maximum_version(tls_version version) {
        maximum_version_ = version;
        return *this;
    }
    /// A ready context in place of the file settings above. It is shared, must not change
    /// afterwards, and is used as it is: its authorities, its certificate, its protocol versions,
    /// its callbacks. The verification chosen here (mode, name) is still applied to each
    /// connection; a verification callback of the context's has the last word: what it throws is
    /// why the connection is not opened (errc::certificate_rejected). Whether an authority below a
    /// root is enough the context decides (X509_V_FLAG_PARTIAL_CHAIN): unless it says so, OpenSSL
    /// wants the root.
    ///
    /// What a connection decides for itself, whatever the context says: nothing is read ahead, and
    /// there are no pipelines; reading tries again by itself (SSL_MODE_AUTO_RETRY); there is no
    /// asynchronous mode, no renegotiation, no authentication after the handshake. With quiet
    /// shutdown the peer hears no goodbye. TLS sessions are not resumed: to hear of tickets takes a
    /// callback in the context, and that place is the application's.
    tls_options& context(std::shared_ptr<boost::asio::ssl::context> ready) {
        context_ = std::move(ready);
        return *this;
    }

    const std::string& ca_file() const noexcept { return ca_file_; }
    const std::string& certificate_file() const noexcept { return certificate_file_; }
    const std::string& key_file() const noexcept { return key_file_; }
    const std::string& key_password() const noexcept { return key_password_; }
    const std::optional<std::string>& server_hostname() const noexcept { return server_hostname_; }
    tls_verify verify() const noexcept { return verify_; }
    tls_version minimum_version() const noexcept { return minimum_version_; }
    std::optional<tls_version> maximum_version() const noexcept { return maximum_version_; }
    const std::shared_ptr<boost::asio::ssl::context>& context() const noexcept { return context_; }

  private:
    std::string ca_file_;
    std::string certificate_file_;
    std::string key_file_;
    std::string key_password_;
    std::optional<std::string> server_hostname_;
    tls_verify verify_ = tls_verify::full;
    tls_version minimum_version_ = tls_version::v1_2;
    std::optional<tls_version> maximum_version_;
    std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace cocql
