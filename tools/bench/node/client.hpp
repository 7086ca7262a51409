#pragma once

#include "canned_answers.hpp"
#include "core/base/buffer.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace cocql::bench {

struct ssl_deleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

/// One accepted socket. Reads all there is, answers it, writes the answers at once; holds back what
/// the socket does not take.
///
/// Where the other side has ended it, it is reset: the other side's port would be taken for a
/// minute otherwise, and a client that connects again and again, by ports that lead to a shard,
/// would look for longer and longer for one that is free.
class client {
  public:
    /// Owns the descriptor. `context`: null for plain.
    client(int descriptor, SSL_CTX* context, canned_answers& answers);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    /// Goes on after the socket became readable or writable. False: it is over.
    bool go_on();
    bool wants_to_write() const noexcept { return written_ < out_.size() || tls_wants_write_; }
    std::uint64_t answered() const noexcept { return answered_; }
    /// It has said STARTUP.
    bool has_started() const noexcept { return has_started_; }
    /// It goes on with an earlier TLS session.
    bool is_resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
    /// An answer is not due yet: go_on() is to be called when it may be.
    bool is_waiting() const noexcept { return !held_.empty(); }

  private:
    enum class progress { some, blocked, ended };
    progress receive();
    void answer_held();
    void give_second_ticket();
    bool parse();
    progress send();
    progress tls_outcome(int returned);

    int descriptor_;
    std::unique_ptr<SSL, ssl_deleter> ssl_;
    canned_answers& answers_;
    std::unique_ptr<std::byte[]> in_;
    std::size_t in_capacity_;
    std::size_t in_size_ = 0;
    base::buffer out_;
    std::size_t written_ = 0;
    bool tls_wants_write_ = false;
    bool has_given_tickets_ = false;
    bool has_started_ = false;
    bool has_said_goodbye_ = false;            ///< over TLS
    std::vector<std::vector<std::byte>> held_; ///< requests, whole, whose answers are not due
    std::uint64_t answered_ = 0;
};

} // namespace cocql::bench
