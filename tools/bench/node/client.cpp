#include "client.hpp"

#include "core/wire/frame_header.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace cocql::bench {

namespace {

constexpr std::size_t first_capacity = 256 * 1024;
/// Answers are sent before more is read when so many bytes wait.
constexpr std::size_t high_water = 4 * 1024 * 1024;
/// As much as a TLS record holds.
constexpr std::size_t record = 16 * 1024;

} // namespace

client::client(int descriptor, SSL_CTX* context, canned_answers& answers)
    : descriptor_(descriptor),
      answers_(answers),
      in_(std::make_unique_for_overwrite<std::byte[]>(first_capacity)),
      in_capacity_(first_capacity) {
    if (context == nullptr)
        return;
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), descriptor_);
    SSL_set_accept_state(ssl_.get());
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

client::~client() {
    std::byte next{};
    if (has_said_goodbye_ || ::recv(descriptor_, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
        const linger at_once{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ::close(descriptor_);
}

bool client::go_on() {
    tls_wants_write_ = false;
    answer_held();
    for (;;) {
        auto sent = send();
        if (sent == progress::ended)
            return false;
        if (sent == progress::blocked && out_.size() - written_ > high_water)
            return true;
        const auto received = receive();
        if (received == progress::ended)
            return false;
        if (received == progress::blocked)
            return send() != progress::ended;
        if (!parse())
            return false;
    }
}

client::progress client::tls_outcome(int returned) {
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
        return progress::blocked;
    case SSL_ERROR_WANT_WRITE:
        tls_wants_write_ = true;
        return progress::blocked;
    case SSL_ERROR_ZERO_RETURN:
        has_said_goodbye_ = true;
        return progress::ended;
    default:
        return progress::ended;
    }
}

client::progress client::receive() {
    if (in_capacity_ - in_size_ < first_capacity / 4) {
        auto larger = std::make_unique_for_overwrite<std::byte[]>(2 * in_capacity_);
        std::memcpy(larger.get(), in_.get(), in_size_);
        in_ = std::move(larger);
        in_capacity_ *= 2;
    }
    auto* const room = in_.get() + in_size_;
    const auto size = in_capacity_ - in_size_;
    if (ssl_) {
        ERR_clear_error(); // another client's error would be taken for this one's
        const auto got =
            SSL_read(ssl_.get(), room, static_cast<int>(std::min<std::size_t>(size, 1u << 30)));
        const auto outcome = got > 0 ? progress::some : tls_outcome(got);
        give_second_ticket();
        if (got <= 0)
            return outcome;
        in_size_ += static_cast<std::size_t>(got);
        return progress::some;
    }
    const auto got = ::recv(descriptor_, room, size, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? progress::blocked : progress::ended;
    if (got == 0)
        return progress::ended;
    in_size_ += static_cast<std::size_t>(got);
    return progress::some;
}

void client::answer_held() {
    std::erase_if(held_, [this](const std::vector<std::byte>& each) {
        const std::span<const std::byte> frame(each);
        const auto header = wire::frame_header::decode(frame.first<wire::frame_header::size>());
        return answers_.answer(header, frame.subspan(wire::frame_header::size), out_);
    });
}

void client::give_second_ticket() {
    if (has_given_tickets_ || SSL_is_init_finished(ssl_.get()) == 0)
        return;
    has_given_tickets_ = true;
    if (is_resumed() && SSL_version(ssl_.get()) == TLS1_3_VERSION &&
        SSL_new_session_ticket(ssl_.get()) == 1)
        SSL_do_handshake(ssl_.get());
}

bool client::parse() {
    using wire::frame_header;
    std::size_t at = 0;
    while (in_size_ - at >= frame_header::size) {
        const std::span<const std::byte> rest(in_.get() + at, in_size_ - at);
        const auto header = frame_header::decode(rest.first<frame_header::size>());
        if (header.version != 4 && header.version != 3) {
            // Says so in version 4, and closes: as servers of that version do.
            server_error said;
            said.code = server_error_code::protocol_error;
            said.message = "Invalid or unsupported protocol version (" +
                           std::to_string(header.version) +
                           "); the lowest supported version is 3 "
                           "and the greatest is 4";
            message::encode_response(out_, said, protocol_version::v4, header.stream);
            send();
            return false;
        }
        if (rest.size() - frame_header::size < header.length)
            break;
        has_started_ = has_started_ || header.opcode == wire::opcode::startup;
        const auto whole = rest.first(frame_header::size + header.length);
        if (!answers_.answer(header, whole.subspan(frame_header::size), out_))
            held_.emplace_back(whole.begin(), whole.end());
        ++answered_;
        at += frame_header::size + header.length;
    }
    in_size_ -= at;
    if (in_size_ != 0 && at != 0)
        std::memmove(in_.get(), in_.get() + at, in_size_);
    return true;
}

client::progress client::send() {
    while (written_ < out_.size()) {
        const auto rest = out_.view().subspan(written_);
        std::size_t taken = 0;
        if (ssl_) {
            ERR_clear_error();
            const auto sent =
                SSL_write(ssl_.get(), rest.data(), static_cast<int>(std::min(rest.size(), record)));
            if (sent <= 0)
                return tls_outcome(sent);
            taken = static_cast<std::size_t>(sent);
        } else {
            const auto sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN || errno == EINTR ? progress::blocked : progress::ended;
            taken = static_cast<std::size_t>(sent);
        }
        written_ += taken;
    }
    out_.clear();
    written_ = 0;
    return progress::some;
}

} // namespace cocql::bench
