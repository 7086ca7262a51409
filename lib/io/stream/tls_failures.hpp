#pragma once

#include "io/stream/certificate_request.hpp"

#include <cocql/error.hpp>

#include <boost/system/error_code.hpp>

#include <string>

struct ssl_st;

namespace cocql::io {

/// Says what it means that TLS, or the socket beneath it, has failed. Made where it has.
class tls_failures {
  public:
    /// When it was.
    enum class moment {
        in_handshake,
        before_data, ///< the handshake was done, and the peer had not sent a byte of data
        later,
    };

    /// `doing` says what was tried. All is borrowed.
    tls_failures(ssl_st* ssl, const certificate_request& request, moment when,
                 std::string doing) noexcept
        : ssl_(ssl), request_(request), when_(when), doing_(std::move(doing)) {}

    /// Of OpenSSL's, which is the code's value.
    error of_openssl(boost::system::error_code code) const;
    /// The peer closed the connection.
    error of_end(boost::system::error_code code) const;
    /// Of the socket's.
    error of_socket(boost::system::error_code code) const;
    /// Whether the connection's end, however good its order, is likely to be about our certificate,
    /// or the lack of one.
    bool is_about_our_certificate() const noexcept {
        return when_ != moment::later && request_.was_made();
    }

  private:
    /// The failure, or what it is likely to mean.
    error guessed(error failure) const;
    error certificate_missing(error cause) const;
    error certificate_refused(error cause, bool said_so) const;

    ssl_st* ssl_;
    const certificate_request& request_;
    moment when_;
    std::string doing_;
};

} // namespace cocql::io
