#include "io/stream/tls_stream.hpp"

#include "io/stream/deferred_tuple.hpp"
#include "io/stream/io_error.hpp"
#include "io/stream/openssl_error.hpp"
#include "io/stream/pending_operations.hpp"
#include "io/stream/repeated_read.hpp"
#include "io/stream/tcp_stream.hpp"
#include "io/stream/tls_records.hpp"

#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct ssl_delete {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using ssl_pointer = std::unique_ptr<SSL, ssl_delete>;

std::string one_line(X509_NAME* name) {
    char text[256] = {};
    X509_NAME_oneline(name, text, sizeof text);
    return text;
}

} // namespace

class tls_stream::implementation {
  public:
    implementation(tcp::socket socket, SSL* ssl, asio::ssl::stream_base::handshake_type role)
        : stream_(std::move(socket), ssl), role_(role) {
        SSL_set_msg_callback(ssl, &implementation::message_seen);
        SSL_set_msg_callback_arg(ssl, this);
        describe_addresses(stream_.next_layer(), peer_);
        peer_.tls = true;
    }

    /// Watches the handshake for the server's CertificateRequest: with TLS 1.2 some servers end a
    /// connection without a certificate by a bare close, and only we can say why.
    static void message_seen(int from_us, int, int content_type, const void* bytes,
                             std::size_t size, SSL*, void* self) {
        if (from_us == 0 && content_type == SSL3_RT_HANDSHAKE && size > 0 &&
            *static_cast<const unsigned char*>(bytes) == SSL3_MT_CERTIFICATE_REQUEST)
            static_cast<implementation*>(self)->certificate_asked_for_ = true;
    }

    SSL* ssl() noexcept { return stream_.native_handle(); }

    bool lacks_certificate() {
        return role_ == asio::ssl::stream_base::client && certificate_asked_for_ &&
               SSL_get_certificate(ssl()) == nullptr;
    }

    void describe_peer() {
        peer_.tls_version = SSL_get_version(ssl());
        peer_.cipher = SSL_get_cipher_name(ssl());
        peer_.session_resumed = SSL_session_reused(ssl()) == 1;
        if (X509* certificate = SSL_get0_peer_certificate(ssl()); certificate != nullptr) {
            peer_.certificate_subject = one_line(X509_get_subject_name(certificate));
            peer_.certificate_issuer = one_line(X509_get_issuer_name(certificate));
        }
    }

    error certificate_missing(error cause) {
        return error(errc::client_certificate_required,
                     "the server asked for a client certificate and none was sent, which is "
                     "likely why it ended the connection")
            .because(std::move(cause))
            .with_advice("give a client certificate and its key");
    }

    /// What an error of the SSL engine or the socket beneath it means.
    error explain(const std::string& doing, boost::system::error_code code, bool handshaking) {
        if (code.category() == asio::error::get_ssl_category())
            return explain_ssl(doing, code, handshaking);
        if (code == asio::ssl::error::stream_truncated || code == asio::error::eof) {
            error ended(errc::connection_lost,
                        doing + ": the peer closed the connection" +
                            (handshaking ? " during the TLS handshake"
                                         : " without TLS close_notify (truncated)"));
            ended.with(code);
            if (lacks_certificate() && received_ == 0)
                return certificate_missing(std::move(ended));
            if (handshaking)
                return error(errc::tls_failed, "the TLS handshake failed")
                    .because(std::move(ended))
                    .with_advice("check that the port speaks TLS");
            return ended;
        }
        auto failure = io_error(doing, code);
        if (failure.is(errc::connection_lost) && lacks_certificate() && received_ == 0)
            return certificate_missing(std::move(failure));
        return failure;
    }

    error explain_ssl(const std::string& doing, boost::system::error_code code, bool handshaking) {
        const auto packed = static_cast<unsigned long>(static_cast<unsigned int>(code.value()));
        const int reason = ERR_GET_REASON(packed);
        const char* text = ERR_reason_error_string(packed);
        const std::string words = text != nullptr ? text : code.message();
        if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            const long verdict = SSL_get_verify_result(ssl());
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
                error(errc::tls_failed, doing + ": the peer sent TLS alert " +
                                            std::to_string(alert) + ", " + tls_alert_name(alert))
                    .with(code)
                    .with_tls_alert(alert);
            if (alert == SSL_AD_CERTIFICATE_REQUIRED || lacks_certificate())
                return certificate_missing(std::move(alerted));
            return alerted;
        }
        error failure(errc::tls_failed,
                      (handshaking ? "the TLS handshake failed: " : doing + ": ") + words);
        failure.with(code);
        if (reason == SSL_R_WRONG_VERSION_NUMBER && handshaking)
            failure.with_advice("the peer does not speak TLS on this port");
        return failure;
    }

    static std::string rejection_advice(long verdict) {
        switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "connect by a name that is in the certificate, or set the server name to verify";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "give the CA file that the server's certificate was signed by";
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "check the certificate's dates and this machine's clock";
        default:
            return {};
        }
    }

    /// As Asio says it.
    boost::system::error_code failure_of_records() const {
        const auto said = records_->failure();
        if (said == 0)
            return {};
        if (said == tls_records::truncated)
            return asio::ssl::error::stream_truncated;
        return {static_cast<int>(said), asio::error::get_ssl_category()};
    }

    /// Takes what was received; nothing on success.
    boost::system::error_code take(boost::system::error_code code, std::size_t count) {
        if (code && code == asio::error::eof) {
            records_->end_of_input();
            return {};
        }
        records_->received(count);
        return code;
    }
    auto room() {
        const auto room = records_->room();
        return asio::buffer(room.data(), room.size());
    }

    /// Sends what the records have put out, as far as the socket takes it: whether that was all, or
    /// sending is over. While somebody waits in send() it goes along there.
    bool send_at_once() {
        while (!sending_ && !send_failure_) {
            if (unsent_.empty()) {
                if (!records_->has_output())
                    return true;
                records_->take_output(in_sending_);
                unsent_ = {in_sending_.data(), in_sending_.size()};
            }
            const auto sent = io::write_at_once(stream_.next_layer(), unsent_, send_failure_);
            unsent_ = unsent_.subspan(sent);
            if (!unsent_.empty() && !send_failure_)
                return false;
            forget_sent();
        }
        return true;
    }
    asio::awaitable<boost::system::error_code> send() {
        while (!send_at_once()) {
            sending_ = true;
            auto [code, count] = co_await asio::async_write(
                stream_.next_layer(), asio::buffer(unsent_.data(), unsent_.size()), deferred_tuple);
            static_cast<void>(count);
            send_failure_ = code;
            sending_ = false;
            forget_sent();
        }
        co_return send_failure_;
    }
    void forget_sent() {
        unsent_ = {};
        in_sending_.clear();
        if (in_sending_.capacity() > most_kept)
            in_sending_ = base::buffer();
    }

    /// So much of a long write is encrypted at a time: three records.
    static constexpr std::size_t longest_part = 48 * 1024;
    /// Room that is kept for the next write: what such a part grows to, so that a long write
    /// allocates only for its beginning.
    static constexpr std::size_t most_kept = 72 * 1024;

    asio::ssl::stream<tcp::socket> stream_; ///< until the handshake is over; then only its parts
    std::optional<tls_records> records_;    ///< from then on
    base::buffer in_sending_;
    std::span<const std::byte> unsent_; ///< the rest of it
    bool sending_ = false;
    boost::system::error_code send_failure_;
    pending_operations operations_{stream_.next_layer()};
    asio::ssl::stream_base::handshake_type role_;
    std::shared_ptr<asio::ssl::context> kept_context_;
    peer_info peer_;
    bool certificate_asked_for_ = false;
    std::uint64_t received_ = 0;
};

/// Gives a receiver what the records have, and tells where to receive more for them; nowhere when
/// the next step is one that may have to wait, or was the last.
class tls_stream::reading {
  public:
    reading(implementation& stream, byte_receiver& receiver)
        : stream_(stream), receiver_(receiver), into_(receiver.room()) {}

    std::span<std::byte> operator()(boost::system::error_code code, std::size_t count) {
        failed_ = stream_.take(code, count);
        return failed_ ? std::span<std::byte>() : feed();
    }
    std::span<std::byte> feed() {
        while (!stopped() && !stream_.operations_.is_cancelled()) {
            std::size_t count = 0;
            const auto outcome = stream_.records_->read(into_, count);
            if (outcome == tls_records::outcome::needs_input && !stream_.records_->has_output())
                return stream_.records_->room();
            if (outcome != tls_records::outcome::done)
                break;
            stream_.received_ += count;
            give(count);
        }
        return {};
    }
    void give(std::size_t count) { into_ = receiver_.received(count); }

    /// The receiver wants no more.
    bool stopped() const noexcept { return into_.empty(); }
    boost::system::error_code failed() const noexcept { return failed_; }
    std::span<std::byte> into() const noexcept { return into_; }

  private:
    implementation& stream_;
    byte_receiver& receiver_;
    std::span<std::byte> into_;
    boost::system::error_code failed_;
};

tls_stream::tls_stream(std::unique_ptr<implementation> impl) noexcept : impl_(std::move(impl)) {}
tls_stream::~tls_stream() = default;

result<std::unique_ptr<tls_stream>> tls_stream::client(tcp::socket socket,
                                                       const tls_client_settings& settings) {
    const auto failed = [](const char* doing) {
        return error(errc::tls_failed, std::string(doing) + ": " + take_openssl_reason());
    };
    ERR_clear_error();
    SSL_CTX* const context = settings.ready_context_ ? settings.ready_context_->native_handle()
                                                     : settings.context_->native();
    ssl_pointer ssl(SSL_new(context));
    if (!ssl)
        return failed("cannot begin TLS");
    const auto& names = settings.names_;
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
    auto impl = std::make_unique<implementation>(std::move(socket), ssl.release(),
                                                 asio::ssl::stream_base::client);
    impl->kept_context_ = settings.ready_context_;
    return std::unique_ptr<tls_stream>(new tls_stream(std::move(impl)));
}

result<std::unique_ptr<tls_stream>> tls_stream::server(tcp::socket socket,
                                                       const tls_context& context) {
    ERR_clear_error();
    ssl_pointer ssl(SSL_new(context.native()));
    if (!ssl)
        return error(errc::tls_failed, "cannot begin TLS: " + take_openssl_reason());
    return std::unique_ptr<tls_stream>(new tls_stream(std::make_unique<implementation>(
        std::move(socket), ssl.release(), asio::ssl::stream_base::server)));
}

asio::awaitable<result<void>> tls_stream::handshake() {
    auto [code] = co_await impl_->stream_.async_handshake(impl_->role_, deferred_tuple);
    SSL_set_msg_callback(impl_->ssl(), nullptr);
    if (code)
        co_return impl_->explain("TLS handshake", code, true);
    impl_->describe_peer();
    impl_->records_.emplace(impl_->ssl());
    co_return result<void>();
}

asio::awaitable<result<std::size_t>> tls_stream::read_some(std::span<std::byte> into) {
    if (impl_->operations_.is_cancelled())
        co_return io_error("reading over TLS", asio::error::operation_aborted);
    const pending_operations::guard guard(impl_->operations_);
    for (;;) {
        std::size_t count = 0;
        const auto outcome = impl_->records_->read(into, count);
        impl_->received_ += count;
        if (outcome == tls_records::outcome::done)
            co_return count;
        auto code = impl_->failure_of_records();
        // An alert for the peer, if it is still there.
        if (impl_->records_->has_output() && code != asio::ssl::error::stream_truncated)
            static_cast<void>(co_await impl_->send());
        // close_notify: the end in good order, unless the server never said a word because it
        // wanted a certificate.
        if (outcome == tls_records::outcome::ended) {
            if (impl_->received_ != 0 || !impl_->lacks_certificate())
                co_return std::size_t{0};
            code = asio::error::eof;
        }
        if (outcome == tls_records::outcome::needs_input) {
            auto [failed, size] =
                co_await impl_->stream_.next_layer().async_read_some(impl_->room(), deferred_tuple);
            code = impl_->take(failed, size);
        }
        if (code)
            co_return impl_->explain("reading over TLS", code, false);
    }
}

asio::awaitable<result<bool>> tls_stream::read_on(byte_receiver& receiver) {
    reading step(*impl_, receiver);
    for (;;) {
        const auto input = step.feed();
        if (!input.empty()) {
            const pending_operations::guard guard(impl_->operations_);
            repeated_read reads(impl_->stream_.next_layer(), step);
            co_await reads.run(input);
        }
        if (step.failed())
            co_return impl_->explain("reading over TLS", step.failed(), false);
        if (step.stopped())
            co_return true;
        auto count = co_await read_some(step.into());
        if (!count)
            co_return count.error();
        if (*count == 0)
            co_return false;
        step.give(*count);
    }
}

result<bool> tls_stream::write_at_once(std::span<const std::byte>& from) {
    if (impl_->operations_.is_cancelled())
        return io_error("writing over TLS", asio::error::operation_aborted);
    for (;;) {
        const bool sent = impl_->send_at_once();
        if (impl_->send_failure_)
            return impl_->explain("writing over TLS", impl_->send_failure_, false);
        if (!sent || from.empty())
            return sent;
        const auto part = from.first(std::min(from.size(), implementation::longest_part));
        from = from.subspan(part.size());
        if (impl_->records_->write(part) != tls_records::outcome::done)
            return impl_->explain("writing over TLS", impl_->failure_of_records(), false);
    }
}

asio::awaitable<result<void>> tls_stream::write(std::span<const std::byte> from) {
    const pending_operations::guard guard(impl_->operations_);
    for (;;) {
        auto written = write_at_once(from);
        if (!written)
            co_return written.error();
        if (*written)
            co_return result<void>();
        const auto code = co_await impl_->send();
        if (code)
            co_return impl_->explain("writing over TLS", code, false);
        if (from.empty())
            co_return result<void>();
    }
}

asio::awaitable<void> tls_stream::shutdown() {
    // However the peer answers, or does not: the connection is over either way.
    if (!impl_->records_)
        co_return;
    for (;;) {
        const auto outcome = impl_->records_->say_goodbye();
        const auto code = co_await impl_->send();
        if (outcome != tls_records::outcome::needs_input || code)
            co_return;
        auto [failed, size] =
            co_await impl_->stream_.next_layer().async_read_some(impl_->room(), deferred_tuple);
        if (impl_->take(failed, size))
            co_return;
    }
}

void tls_stream::cancel() {
    impl_->operations_.cancel();
}

void tls_stream::close() {
    boost::system::error_code ignored;
    impl_->stream_.next_layer().close(ignored);
}

const peer_info& tls_stream::peer() const noexcept {
    return impl_->peer_;
}

asio::any_io_executor tls_stream::get_executor() {
    return impl_->stream_.get_executor();
}

void tls_stream::end_writing() {
    boost::system::error_code ignored;
    impl_->stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
}

bool tls_stream::request_key_update() {
    return SSL_key_update(impl_->ssl(), SSL_KEY_UPDATE_REQUESTED) == 1;
}

bool tls_stream::send_ticket() {
    return SSL_new_session_ticket(impl_->ssl()) == 1;
}

} // namespace cocql::io
