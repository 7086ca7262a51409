#include "io/stream/tls_context.hpp"

#include "io/stream/bio_pointer.hpp"
#include "io/stream/openssl_error.hpp"
#include "io/stream/ticket_collector.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace cocql::io {

namespace {

struct key_delete {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

int native_version(tls_version version) noexcept {
    return version == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

error bad_file(const std::string& what, const std::string& path, const std::string& why) {
    return error(errc::bad_configuration, what + " '" + path + "': " + why);
}

struct key_password {
    const std::string& secret;
    bool asked_for = false;
};

/// Hands the password to OpenSSL. Asked for without one, it must fail instead of asking the
/// terminal.
int give_password(char* buffer, int size, int, void* password) {
    auto& given = *static_cast<key_password*>(password);
    given.asked_for = true;
    const auto& secret = given.secret;
    const auto length = std::min(secret.size(), static_cast<std::size_t>(size));
    std::memcpy(buffer, secret.data(), length);
    return secret.empty() ? -1 : static_cast<int>(length);
}

result<void> use_certificate(SSL_CTX* context, const std::string& path) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) != 1)
        return bad_file("cannot use the certificate file", path, take_openssl_reason());
    return {};
}

result<void> use_key(SSL_CTX* context, const std::string& path, const std::string& password,
                     const std::string& certificate_path) {
    ERR_clear_error();
    const bio_pointer file(BIO_new_file(path.c_str(), "rb"));
    if (!file)
        return bad_file("cannot read the key file", path, take_openssl_reason());
    key_password given{password};
    const std::unique_ptr<EVP_PKEY, key_delete> key(
        PEM_read_bio_PrivateKey(file.get(), nullptr, &give_password, &given));
    if (!key) {
        const bool lacks_password = given.asked_for && password.empty();
        // OpenSSL's own words would be "interrupted or cancelled".
        auto failure = bad_file("cannot use the key file", path,
                                lacks_password ? "it is encrypted and no password was given"
                                               : take_openssl_reason());
        if (given.asked_for)
            failure.with_advice(lacks_password ? "give the key's password"
                                               : "check the key's password");
        return failure;
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return bad_file("cannot use the key file", path,
                        "it does not belong to the certificate '" + certificate_path + "' (" +
                            take_openssl_reason() + ")");
    if (SSL_CTX_check_private_key(context) != 1)
        return bad_file("cannot use the key file", path,
                        "it does not belong to the certificate '" + certificate_path + "' (" +
                            take_openssl_reason() + ")");
    return {};
}

result<void> trust(SSL_CTX* context, const std::string& path) {
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(context, path.c_str()) != 1)
        return bad_file("cannot use the CA file", path, take_openssl_reason());
    return {};
}

result<std::shared_ptr<SSL_CTX>> new_context(const SSL_METHOD* method) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
    if (!context)
        return error(errc::bad_configuration, "cannot set up TLS: " + take_openssl_reason());
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // What asio's engine counts on.
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    return context;
}

using refusal = tls_context::server_settings::refusal;

int refuse_by_internal_error(int accepted, X509_STORE_CTX* certificates) {
    // The verdict that OpenSSL tells by that alert.
    if (accepted != 1)
        X509_STORE_CTX_set_error(certificates, X509_V_ERR_OUT_OF_MEM);
    return accepted;
}

int refuse_later(int, X509_STORE_CTX*) {
    return 1;
}

result<void> ask_for_certificates(SSL_CTX* context, const tls_context::server_settings& settings) {
    const auto& file = settings.client_ca_file;
    if (auto trusted = trust(context, file); !trusted)
        return trusted.error();
    ERR_clear_error();
    auto* const names = SSL_load_client_CA_file(file.c_str());
    if (names == nullptr)
        return bad_file("cannot use the CA file", file, take_openssl_reason());
    SSL_CTX_set_client_CA_list(context, names);
    int mode = SSL_VERIFY_PEER;
    if (settings.client_certificate_required)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, mode,
                       settings.refuses_by == refusal::internal_error ? &refuse_by_internal_error
                       : settings.refuses_by == refusal::later        ? &refuse_later
                                                                      : nullptr);
    static constexpr unsigned char session_context[] = "cocql";
    SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1);
    return {};
}

} // namespace

result<tls_context> tls_context::for_client(const tls_options& options) {
    auto made = new_context(TLS_client_method());
    if (!made)
        return made.error();
    auto* const context = made->get();
    ticket_collector::listen_on(context);
    SSL_CTX_set_min_proto_version(context, native_version(options.minimum_version()));
    if (options.maximum_version())
        SSL_CTX_set_max_proto_version(context, native_version(*options.maximum_version()));
    if (options.verify() != tls_verify::none) {
        if (options.ca_file().empty()) {
            ERR_clear_error();
            if (SSL_CTX_set_default_verify_paths(context) != 1)
                return error(errc::bad_configuration,
                             "cannot use the system's authorities: " + take_openssl_reason());
        } else if (auto trusted = trust(context, options.ca_file()); !trusted) {
            return trusted.error();
        }
        // What is trusted is trusted, whoever signed it: an authority below a root, or a server.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (options.certificate_file().empty() != options.key_file().empty())
        return error(errc::bad_configuration, options.key_file().empty()
                                                  ? "a client certificate needs its key file"
                                                  : "a client key needs its certificate file");
    if (!options.certificate_file().empty()) {
        if (auto used = use_certificate(context, options.certificate_file()); !used)
            return used.error();
        if (auto used = use_key(context, options.key_file(), options.key_password(),
                                options.certificate_file());
            !used)
            return used.error();
    }
    return tls_context(std::move(*made));
}

result<tls_context> tls_context::for_server(const server_settings& settings) {
    auto made = new_context(TLS_server_method());
    if (!made)
        return made.error();
    auto* const context = made->get();
    SSL_CTX_set_min_proto_version(context, native_version(settings.minimum));
    SSL_CTX_set_max_proto_version(context, native_version(settings.maximum));
    SSL_CTX_set_num_tickets(context, settings.tickets);
    if (auto key = settings.ticket_key;
        !key.empty() &&
        SSL_CTX_set_tlsext_ticket_keys(context, key.data(), static_cast<long>(key.size())) != 1)
        return error(errc::bad_configuration,
                     "a key of tickets has " + std::to_string(ticket_key_size) + " bytes");
    if (auto used = use_certificate(context, settings.certificate_file); !used)
        return used.error();
    if (auto used = use_key(context, settings.key_file, {}, settings.certificate_file); !used)
        return used.error();
    if (!settings.client_ca_file.empty())
        if (auto asked = ask_for_certificates(context, settings); !asked)
            return asked.error();
    return tls_context(std::move(*made));
}

void tls_context::prepare_for_threads() const noexcept {
    auto* const store = SSL_CTX_get_cert_store(context_.get());
    if (store == nullptr || X509_STORE_lock(store) != 1)
        return;
    const auto* const all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
        if (auto* const certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i)))
            X509_check_purpose(certificate, -1, 0); // -1: for none, but to know what it has
    X509_STORE_unlock(store);
}

} // namespace cocql::io
