#include "io/stream/tls_stream.hpp"

#include "io/stream/certificate_request.hpp"
#include "io/stream/client_ssl.hpp"
#include "io/stream/counted_transfer.hpp"
#include "io/stream/deferred_tuple.hpp"
#include "io/stream/guarded_verification.hpp"
#include "io/stream/io_error.hpp"
#include "io/stream/openssl_error.hpp"
#include "io/stream/pending_operations.hpp"
#include "io/stream/repeated_read.hpp"
#include "io/stream/tcp_stream.hpp"
#include "io/stream/ticket_collector.hpp"
#include "io/stream/tls_failures.hpp"
#include "io/stream/tls_records.hpp"

#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string one_line(X509_NAME* name) {
    char text[256] = {};
    X509_NAME_oneline(name, text, sizeof text);
    return text;
}

} // namespace

class tls_stream::implementation {
  public:
    implementation(tcp::socket socket, ssl_pointer ssl, asio::ssl::stream_base::handshake_type role)
        : socket_(std::move(socket)), ssl_(std::move(ssl)), role_(role) {
        SSL_up_ref(ssl_.get()); // Asio's owns it, too
        handshake_.emplace(socket_, ssl_.get());
        if (role == asio::ssl::stream_base::client) {
            request_.watch(ssl_.get());
            verification_.watch(ssl_.get());
        }
        describe_addresses(socket_, peer_);
        peer_.tls = true;
    }

    SSL* ssl() noexcept { return ssl_.get(); }

    void describe_peer() {
        peer_.tls_version = SSL_get_version(ssl());
        peer_.cipher = SSL_get_cipher_name(ssl());
        peer_.session_resumed = SSL_session_reused(ssl()) == 1;
        peer_.certificate_shown = request_.was_answered() ||
                                  (role_ == asio::ssl::stream_base::client &&
                                   peer_.session_resumed && SSL_get_certificate(ssl()) != nullptr);
        if (X509* certificate = SSL_get0_peer_certificate(ssl()); certificate != nullptr) {
            peer_.certificate_subject = one_line(X509_get_subject_name(certificate));
            peer_.certificate_issuer = one_line(X509_get_issuer_name(certificate));
        }
    }

    tls_failures failures(const char* doing, bool handshaking = false) {
        using moment = tls_failures::moment;
        return {ssl(), request_,
                handshaking      ? moment::in_handshake
                : received_ == 0 ? moment::before_data
                                 : moment::later,
                doing};
    }
    /// What an error of the SSL engine or the socket beneath it means.
    error explain(const char* doing, boost::system::error_code code, bool handshaking = false) {
        const auto failed = failures(doing, handshaking);
        if (code.category() == asio::error::get_ssl_category())
            return failed.of_openssl(code);
        if (code == asio::ssl::error::stream_truncated || code == asio::error::eof)
            return failed.of_end(code);
        return failed.of_socket(code);
    }

    error verification_threw() {
        const auto failure = [](const std::string& what) {
            return error(errc::certificate_rejected,
                         "the context's verification callback threw" + what);
        };
        try {
            std::rethrow_exception(verification_.thrown());
        } catch (const std::exception& why) {
            return failure(std::string(": ") + why.what());
        } catch (...) {
            return failure(" what is no std::exception");
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

    /// Waits, with what is to be written, until something was received, or that is over.
    asio::awaitable<void> input() {
        waiting_for_input_.emplace(socket_.get_executor(),
                                   std::chrono::steady_clock::time_point::max());
        auto [come] = co_await waiting_for_input_->async_wait(deferred_tuple);
        static_cast<void>(come);
        waiting_for_input_.reset();
    }
    void wake_writer() {
        needs_input_ = false;
        if (waiting_for_input_) [[unlikely]]
            waiting_for_input_->cancel();
    }

    /// Takes what was received; nothing on success.
    boost::system::error_code take(boost::system::error_code code, std::size_t count) {
        wake_writer(); // whose turn comes when this has been read
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
            const auto sent = io::write_at_once(socket_, unsent_, send_failure_);
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
            auto [code, count] =
                co_await asio::async_write(socket_, asio::buffer(unsent_.data(), unsent_.size()),
                                           counted_transfer(given_), deferred_tuple);
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

    tcp::socket socket_;
    ssl_pointer ssl_;
    /// Until the handshake is over: its buffers are half of what a connection would keep.
    std::optional<asio::ssl::stream<tcp::socket&>> handshake_;
    std::optional<tls_records> records_; ///< from then on
    base::buffer in_sending_;
    std::span<const std::byte> unsent_; ///< the rest of it
    bool sending_ = false;
    bool needs_input_ = false; ///< to write on
    std::optional<asio::steady_timer> waiting_for_input_;
    std::uint64_t given_ = 0; ///< to the system, by writes that had to wait
    boost::system::error_code send_failure_;
    pending_operations operations_{socket_};
    asio::ssl::stream_base::handshake_type role_;
    std::shared_ptr<asio::ssl::context> kept_context_;
    peer_info peer_;
    certificate_request request_;
    guarded_verification verification_;
    std::optional<ticket_collector> tickets_; ///< of a client, where its node has any
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
    void give(std::size_t count) {
        const pending_operations::at_receiver meanwhile(stream_.operations_);
        into_ = receiver_.received(count);
    }

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
    auto ssl = make_client_ssl(settings.ready_context_ ? settings.ready_context_->native_handle()
                                                       : settings.context_->native(),
                               settings.names_);
    if (!ssl)
        return ssl.error();
    auto impl = std::make_unique<implementation>(std::move(socket), std::move(*ssl),
                                                 asio::ssl::stream_base::client);
    impl->kept_context_ = settings.ready_context_;
    if (settings.tickets_ != nullptr) {
        impl->tickets_.emplace(settings.tickets_, settings.names_);
        impl->tickets_->begin(impl->ssl());
    }
    return std::unique_ptr<tls_stream>(new tls_stream(std::move(impl)));
}

result<std::unique_ptr<tls_stream>> tls_stream::server(tcp::socket socket,
                                                       const tls_context& context) {
    ERR_clear_error();
    ssl_pointer ssl(SSL_new(context.native()));
    if (!ssl)
        return error(errc::tls_failed, "cannot begin TLS: " + take_openssl_reason());
    return std::unique_ptr<tls_stream>(new tls_stream(std::make_unique<implementation>(
        std::move(socket), std::move(ssl), asio::ssl::stream_base::server)));
}

asio::awaitable<result<void>> tls_stream::handshake() {
    auto [code] = co_await impl_->handshake_->async_handshake(impl_->role_, deferred_tuple);
    impl_->request_.stop(impl_->ssl());
    if (impl_->tickets_)
        impl_->tickets_->ended(impl_->ssl(), !code);
    impl_->verification_.stop(impl_->ssl());
    if (impl_->verification_.thrown())
        co_return impl_->verification_threw();
    if (code)
        co_return impl_->explain("TLS handshake", code, true);
    impl_->describe_peer();
    impl_->records_.emplace(impl_->ssl());
    impl_->handshake_.reset();
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
            if (!impl_->failures("").is_about_our_certificate())
                co_return std::size_t{0};
            code = asio::error::eof;
        }
        if (outcome == tls_records::outcome::needs_input) {
            auto [failed, size] =
                co_await impl_->socket_.async_read_some(impl_->room(), deferred_tuple);
            code = impl_->take(failed, size);
        }
        if (code)
            co_return impl_->explain("reading over TLS", code);
    }
}

asio::awaitable<result<bool>> tls_stream::read_on(byte_receiver& receiver) {
    reading step(*impl_, receiver);
    for (;;) {
        const auto input = step.feed();
        if (!input.empty()) {
            const pending_operations::guard guard(impl_->operations_);
            repeated_read reads(impl_->socket_, step);
            co_await reads.run(input);
            reads.rethrow();
        }
        if (step.failed())
            co_return impl_->explain("reading over TLS", step.failed());
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

base::send_progress tls_stream::progress() {
    return progress_of(impl_->socket_, impl_->given_);
}

result<bool> tls_stream::write_at_once(std::span<const std::byte>& from) {
    if (impl_->operations_.is_cancelled())
        return io_error("writing over TLS", asio::error::operation_aborted);
    for (;;) {
        const bool sent = impl_->send_at_once();
        if (impl_->send_failure_)
            return impl_->explain("writing over TLS", impl_->send_failure_);
        if (!sent || from.empty())
            return sent;
        auto part = from.first(std::min(from.size(), implementation::longest_part));
        const auto behind = from.subspan(part.size());
        const auto outcome = impl_->records_->write(part);
        from = behind;
        if (outcome == tls_records::outcome::done) [[likely]]
            continue;
        from = {part.data(), part.size() + behind.size()};
        if (outcome != tls_records::outcome::needs_input)
            return impl_->explain("writing over TLS", impl_->failure_of_records());
        impl_->needs_input_ = true;
        return false;
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
            co_return impl_->explain("writing over TLS", code);
        if (from.empty())
            co_return result<void>();
        if (!impl_->socket_.is_open())
            co_return io_error("writing over TLS", asio::error::operation_aborted);
        if (impl_->needs_input_)
            co_await impl_->input();
    }
}

void tls_stream::rest() {
    if (!impl_->sending_ && impl_->unsent_.empty())
        impl_->in_sending_ = base::buffer();
    impl_->records_->rest();
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
            co_await impl_->socket_.async_read_some(impl_->room(), deferred_tuple);
        if (impl_->take(failed, size))
            co_return;
    }
}

void tls_stream::cancel() {
    impl_->operations_.cancel();
    impl_->wake_writer();
}

void tls_stream::close() {
    boost::system::error_code ignored;
    impl_->socket_.close(ignored);
    impl_->wake_writer();
}

const peer_info& tls_stream::peer() const noexcept {
    return impl_->peer_;
}

asio::any_io_executor tls_stream::get_executor() {
    return impl_->socket_.get_executor();
}

void tls_stream::end_writing() {
    boost::system::error_code ignored;
    impl_->socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

bool tls_stream::accepts_peer() const noexcept {
    return SSL_get_verify_result(impl_->ssl()) == X509_V_OK;
}

bool tls_stream::request_key_update() {
    return SSL_key_update(impl_->ssl(), SSL_KEY_UPDATE_REQUESTED) == 1;
}

bool tls_stream::send_ticket() {
    return SSL_new_session_ticket(impl_->ssl()) == 1;
}

} // namespace cocql::io
