#pragma once

#include "core/base/buffer.hpp"

#include <cstddef>
#include <memory>
#include <span>

struct bio_st;
struct ssl_st;

namespace cocql::io {

/// The records of a TLS connection once its handshake is over: from bytes of the network to bytes
/// of the application and back. Knows no socket; who owns it moves the bytes.
///
/// In place of Asio's engine, in which every byte is copied two times more, from one end of a pair
/// of BIOs to the other.
class tls_records {
  public:
    enum class outcome {
        done,
        needs_input, ///< receive more, read(), and try again
        ended,       ///< the peer has said goodbye
        failed,      ///< see failure(); what is in the output tells the peer
    };

    /// Takes the connection over, with what Asio's engine has received of it and not used. Borrows
    /// it, and must outlive its last use.
    explicit tls_records(ssl_st* ssl);
    tls_records(const tls_records&) = delete;
    tls_records& operator=(const tls_records&) = delete;

    /// As many bytes as there are, and as have room; one at least when it is done.
    outcome read(std::span<std::byte> into, std::size_t& count);
    /// Into the output; takes off the front of `from` what is there. That is all of it, or nothing
    /// more before read() has got the rest of a message between the two ends, which the peer has
    /// begun: of a ticket in several records, for one.
    outcome write(std::span<const std::byte>& from);
    /// Puts our goodbye into the output and waits for the peer's; done when both are said.
    outcome say_goodbye();
    /// What OpenSSL says it was, packed as its functions take it; `truncated` where the peer closed
    /// the connection without a goodbye.
    unsigned long failure() const noexcept { return failure_; }
    static constexpr unsigned long truncated = ~0ul;

    /// Where bytes of the network are to be received to, when read() or say_goodbye() needs input.
    std::span<std::byte> room() {
        if (end_ == input_size_at_rest && input_size_ == end_) [[unlikely]]
            make_input(input_size);
        return {input_.get(), input_size_};
    }
    void received(std::size_t count) noexcept {
        begin_ = 0;
        end_ = count;
    }
    /// The peer has closed its half of the connection.
    void end_of_input() noexcept { input_ended_ = true; }

    /// Nothing is expected for a while: gives back what room it can, OpenSSL's too.
    void rest();

    bool has_output() const noexcept { return !output_.empty(); }
    /// Swaps the bytes that are to be sent for an empty buffer.
    void take_output(base::buffer& into) noexcept { std::swap(output_, into); }

  private:
    /// Two records of the longest, with what is around them.
    static constexpr std::size_t input_size = 2 * (16 * 1024 + 256 + 5);
    /// As long as no read has filled it.
    static constexpr std::size_t input_size_at_rest = 1024;

    class callbacks;
    outcome judge(int returned);
    void make_input(std::size_t size);
    std::size_t give(std::byte* to, std::size_t most) noexcept;

    ssl_st* ssl_;
    std::unique_ptr<std::byte[]> input_; ///< received and not decrypted yet, from begin_ to end_
    std::size_t input_size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool input_ended_ = false;
    base::buffer output_;
    unsigned long failure_ = 0;
};

} // namespace cocql::io
