#pragma once

#include <exception>

struct ssl_st;
struct x509_store_ctx_st;

namespace cocql::io {

/// Stands before the verification callback of a context that an application has made. What that
/// throws must not go through OpenSSL, and through Asio's handshake, which would drop whoever waits
/// for its end: the certificate is not accepted instead, and the exception is kept.
class guarded_verification {
  public:
    /// Borrows it until stop(), or its end. After SSL_set_verify().
    void watch(ssl_st* ssl);
    void stop(ssl_st* ssl) noexcept;

    /// Null where nothing was thrown.
    const std::exception_ptr& thrown() const noexcept { return thrown_; }

  private:
    using callback = int (*)(int, x509_store_ctx_st*);

    static int verify(int preverified, x509_store_ctx_st* chain);
    static int place();

    callback theirs_ = nullptr;
    std::exception_ptr thrown_;
};

} // namespace cocql::io
