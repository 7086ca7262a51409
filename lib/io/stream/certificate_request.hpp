#pragma once

struct ssl_st;

namespace cocql::io {

/// Watches a client's handshake for the server's wish for a certificate, and for what it was given.
/// Some servers end a connection whose certificate they miss, or do not like, without a word, and
/// only we can say why.
///
/// By the callback that OpenSSL has for a look at the handshake's states, because it alone can be
/// asked for what a context's owner has put there, and that is called as before.
class certificate_request {
  public:
    using information = void (*)(const ssl_st*, int, int);

    /// Borrows it until stop(), or its end.
    void watch(ssl_st* ssl);
    void stop(ssl_st* ssl) noexcept;

    bool was_made() const noexcept { return made_; }
    /// With a certificate, and the proof that it is ours.
    bool was_answered() const noexcept { return answered_; }

  private:
    static void state_changed(const ssl_st* ssl, int where, int what);
    static int place();

    information theirs_ = nullptr;
    bool made_ = false;
    bool answered_ = false;
};

} // namespace cocql::io
