#pragma once

#include <cocql/result.hpp>
#include <cocql/tls_options.hpp>

#include <cstddef>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace cocql::io {

/// The settings shared by TLS connections: authorities, our certificate, versions. Immutable once
/// made; a cheap handle.
class tls_context {
  public:
    /// For connecting. Reads the files of the options; the first that cannot be used is named in
    /// the error (errc::bad_configuration). No network I/O.
    static result<tls_context> for_client(const tls_options& options);

    static constexpr std::size_t ticket_key_size = 80;
    /// What a server needs; the scripted node's side.
    class server_settings {
      public:
        /// How a client certificate that is not accepted is turned down.
        enum class refusal {
            fitting_alert,
            internal_error, ///< the alert of that name, whatever it was
            later, ///< the handshake succeeds, and tls_stream::accepts_peer() says that it was not
        };
        server_settings() = default;
        std::string certificate_file;
        std::string key_file;
        /// Authorities of client certificates; not empty: a client certificate is asked for, and
        /// these are named.
        std::string client_ca_file;
        bool client_certificate_required = false;
        refusal refuses_by = refusal::fitting_alert;
        tls_version minimum = tls_version::v1_2;
        tls_version maximum = tls_version::v1_3;
        /// Session tickets sent after a TLS 1.3 handshake.
        unsigned tickets = 2;
        /// By which tickets are sealed: who has the same one takes them. Empty: one of its own;
        /// otherwise ticket_key_size bytes.
        std::string ticket_key;
    };
    static result<tls_context> for_server(const server_settings& settings);

    ssl_ctx_st* native() const noexcept { return context_.get(); }
    /// Before connections of several threads have it: what OpenSSL works out of each authority when
    /// it is first looked at is worked out now, once. (OpenSSL would do so safely; but how threads
    /// then see it is nothing that ThreadSanitizer knows of, in applications' tests either.)
    void prepare_for_threads() const noexcept;

  private:
    explicit tls_context(std::shared_ptr<ssl_ctx_st> context) noexcept
        : context_(std::move(context)) {}

    std::shared_ptr<ssl_ctx_st> context_;
};

} // namespace cocql::io
