#include "io/stream/tls_records.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

namespace cocql::io {

namespace {

/// Copies in pieces short enough for the C library's vector loop: for longer ones it turns to an
/// instruction that begins slowly, and that profilers count byte by byte.
void copy_in_pieces(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    constexpr std::size_t piece = 2000;
    while (size > piece) {
        std::memcpy(to, from, piece);
        to += piece;
        from += piece;
        size -= piece;
    }
    std::memcpy(to, from, size);
}

/// What OpenSSL is asked for at a time: from 4 KiB on it, too, would copy by that instruction.
constexpr std::size_t longest_piece = 4000;

/// Of earlier failures of this thread, which would be taken for ours. Emptying the queue is not
/// cheap, and it mostly is empty.
void forget_earlier_errors() noexcept {
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

} // namespace

/// What OpenSSL calls.
class tls_records::callbacks {
  public:
    static int read(BIO* bio, char* to, int most) noexcept {
        BIO_clear_retry_flags(bio);
        auto& records = of(bio);
        const auto given =
            records.give(reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(most));
        if (given != 0)
            return static_cast<int>(given);
        if (records.input_ended_)
            return 0;
        BIO_set_retry_read(bio);
        return -1;
    }
    static int write(BIO* bio, const char* from, int size) {
        BIO_clear_retry_flags(bio);
        auto& output = of(bio).output_;
        try {
            copy_in_pieces(output.grow(static_cast<std::size_t>(size)),
                           reinterpret_cast<const std::byte*>(from),
                           static_cast<std::size_t>(size));
        } catch (const std::bad_alloc&) {
            // Through C no exception may go.
            ERR_raise(ERR_LIB_BIO, ERR_R_MALLOC_FAILURE);
            return -1;
        }
        return size;
    }
    static long control(BIO* bio, int what, long, void*) noexcept {
        switch (what) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return of(bio).input_ended_ && of(bio).begin_ == of(bio).end_ ? 1 : 0;
        default:
            return 0;
        }
    }
    static BIO* make(tls_records& records) {
        auto* const bio = BIO_new(method());
        if (bio == nullptr)
            throw std::bad_alloc();
        BIO_set_data(bio, &records);
        BIO_set_init(bio, 1);
        return bio;
    }

  private:
    static tls_records& of(BIO* bio) noexcept {
        return *static_cast<tls_records*>(BIO_get_data(bio));
    }
    static const BIO_METHOD* method() {
        static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(
            [] {
                auto* const method =
                    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "cocql records");
                if (method == nullptr)
                    throw std::bad_alloc();
                BIO_meth_set_read(method, &callbacks::read);
                BIO_meth_set_write(method, &callbacks::write);
                BIO_meth_set_ctrl(method, &callbacks::control);
                return method;
            }(),
            &BIO_meth_free);
        return made.get();
    }
};

tls_records::tls_records(ssl_st* ssl) : ssl_(ssl) {
    // What has come behind the handshake lies in Asio's BIO, which goes with this.
    auto* const engines = SSL_get_rbio(ssl);
    make_input(BIO_ctrl_pending(engines) < input_size_at_rest ? input_size_at_rest : input_size);
    while (end_ < input_size_) {
        const int got =
            BIO_read(engines, input_.get() + end_, static_cast<int>(input_size_ - end_));
        if (got <= 0)
            break;
        end_ += static_cast<std::size_t>(got);
    }
    auto* const ours = callbacks::make(*this);
    SSL_set_bio(ssl, ours, ours);
    // Asio has them freed and made again with every record; its own, which are as large, are gone.
    SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    // To want input must mean that there is none: room() is where what is there may still lie.
    SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
}

void tls_records::make_input(std::size_t size) {
    input_ = std::make_unique_for_overwrite<std::byte[]>(size);
    input_size_ = size;
    begin_ = end_ = 0;
}

void tls_records::rest() {
    if (begin_ != end_ || has_output() || SSL_pending(ssl_) != 0)
        return;
    make_input(input_size_at_rest);
    output_ = base::buffer();
    // Some releases of OpenSSL 3 go on with a record that they have the header of in a buffer that
    // this has freed (CVE-2024-4741).
    if (std::string_view(SSL_rstate_string(ssl_)) == "RH")
        SSL_free_buffers(ssl_);
}

std::size_t tls_records::give(std::byte* to, std::size_t most) noexcept {
    const auto part = std::min(most, end_ - begin_);
    copy_in_pieces(to, input_.get() + begin_, part);
    begin_ += part;
    return part;
}

tls_records::outcome tls_records::judge(int returned) {
    switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
        return outcome::needs_input;
    case SSL_ERROR_ZERO_RETURN:
        return outcome::ended;
    default:
        break;
    }
    // The last is TLS's own; before it may be what a cipher has said.
    failure_ = ERR_peek_last_error();
    ERR_clear_error();
    if (failure_ == 0 || ERR_GET_REASON(failure_) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        failure_ = truncated;
    return outcome::failed;
}

tls_records::outcome tls_records::read(std::span<std::byte> into, std::size_t& count) {
    count = 0;
    if (failure_ != 0)
        return outcome::failed;
    // As after every turn: to be told so by OpenSSL is not cheap.
    const bool ended = input_ended_ || (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
    if (begin_ == end_ && !ended && SSL_pending(ssl_) == 0)
        return outcome::needs_input;
    forget_earlier_errors();
    // A record gives what it has; what has been received may be more of them.
    do {
        std::size_t got = 0;
        const auto room = std::min(into.size() - count, longest_piece);
        const int done = SSL_read_ex(ssl_, into.data() + count, room, &got);
        if (done != 1) {
            const auto why = judge(done);
            return count != 0 ? outcome::done : why; // else it is said the next time
        }
        count += got;
    } while (count < into.size() && (begin_ != end_ || SSL_pending(ssl_) != 0));
    return outcome::done;
}

tls_records::outcome tls_records::write(std::span<const std::byte>& from) {
    forget_earlier_errors();
    while (!from.empty()) {
        std::size_t written = 0;
        const int done = SSL_write_ex(ssl_, from.data(), from.size(), &written);
        if (done != 1)
            return judge(done);
        from = from.subspan(written);
    }
    return outcome::done;
}

tls_records::outcome tls_records::say_goodbye() {
    forget_earlier_errors();
    int said = SSL_shutdown(ssl_);
    if (said == 0)
        said = SSL_shutdown(ssl_); // ours is said; the second call waits for the peer's
    return said == 1 ? outcome::done : judge(said);
}

} // namespace cocql::io
