#pragma once

#include <cocql/phase.hpp>
#include <cocql/server_error.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>

#include <exception>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocql {

/// The kinds of failure that a caller may want to tell apart.
enum class errc {
    ok = 0,
    invalid_argument,            ///< the caller passed something that cannot be sent
    bad_configuration,           ///< a local file or setting; found before any network I/O
    resolve_failed,              ///< the name has no address
    connect_failed,              ///< no address accepted a TCP connection
    tls_failed,                  ///< the handshake, or TLS later on, failed
    certificate_rejected,        ///< we did not accept the peer's certificate
    client_certificate_required, ///< the peer wanted a certificate from us
    client_certificate_refused,  ///< the peer got one, and (likely) did not accept it
    tls_required,                ///< a plain connection, and the peer (likely) speaks TLS there
    timed_out,
    cancelled,               ///< by the caller, through Asio cancellation
    authentication_failed,   ///< the server refused the login
    authentication_required, ///< the server asked for a login and none is configured
    unsupported_protocol_version,
    unsupported_compression, ///< the server does not offer what was asked for
    connection_closed,       ///< close() was called
    connection_lost,         ///< the connection ended under us; see the cause
    connection_busy,         ///< no stream id free, or the write buffer is over its mark
    connection_draining,     ///< too many orphans, or told to leave: it takes no new requests
    heartbeat_failed,
    no_host_available, ///< no node that may be used has a connection; see error::attempts()
    protocol_error,    ///< the peer broke the protocol
    server_error,      ///< an ERROR message; see error::server()
    wrong_host,        ///< another node answered than the one that was meant
    decode_failed,     ///< a value's bytes do not fit its type
    not_found,         ///< a name that does not exist here (a column, a parameter)
    type_mismatch,     ///< a C++ type that a CQL type cannot be read as or bound from
    io_failed,         ///< reading or writing a socket failed; see error::system_code()
};

/// The kind's name, for example `timed_out`.
std::string_view to_string(errc code) noexcept;

/// Whether a failed request may have been executed by the server.
enum class request_outcome {
    not_a_request,  ///< the error is not about a request
    not_sent,       ///< certainly not executed: no byte of it was handed to the socket
    maybe_executed, ///< it was (partly) sent and no answer came
    answered,       ///< the server answered with an error
};

/// What failed, where, in which phase, why, what was tried, and whether the request may have been
/// executed.
///
/// It is a value (`result<T>` holds it) and an exception (public operations throw it). Copies share
/// one immutable record, so copying never throws. Thread-safe as far as const functions go.
///
/// What makes one is marked as cold, so that compilers lay the code that leads there out of the way
/// of what does not fail.
///
/// Build it with the chained setters; each returns the error itself, so that a whole description is
/// one expression.
class error : public std::exception {
  public:
    /// No error; only there because result<T> needs it.
    error() noexcept = default;
    [[gnu::cold]] error(errc code, std::string message);
    [[gnu::cold]] error(const error& other) noexcept;
    error(error&& other) noexcept = default;
    error& operator=(const error& other) noexcept = default;
    error& operator=(error&& other) noexcept = default;
    [[gnu::cold]] ~error() override;

    errc code() const noexcept;
    bool is(errc code) const noexcept { return this->code() == code; }

    /// The whole story in one line: what failed, endpoint, phase or opcode, then the chain of
    /// causes.
    const char* what() const noexcept override;

    /// What failed, without the endpoint and the causes.
    std::string_view message() const noexcept;
    /// `127.0.0.1:9142`, or empty.
    std::string_view endpoint() const noexcept;
    /// The request's opcode name, for example `EXECUTE`, or empty.
    std::string_view operation() const noexcept;
    std::optional<cocql::phase> phase() const noexcept;
    const phase_times& times() const noexcept;
    /// The error beneath this one, or null. Lives as long as any copy of this error.
    const error* cause() const noexcept;
    /// errno and the like, of this error or the nearest cause that has one.
    boost::system::error_code system_code() const noexcept;
    /// The TLS alert's number (RFC 8446, section 6), of this error or the nearest cause that has
    /// one.
    std::optional<int> tls_alert() const noexcept;
    /// OpenSSL's X509_V_ERR_… number, of this error or the nearest cause that has one.
    std::optional<long> x509_code() const noexcept;
    /// The server's ERROR message, of this error or the nearest cause that has one; null if none.
    const server_error* server() const noexcept;
    request_outcome outcome() const noexcept;
    /// One error per endpoint or address that was tried, when there were several.
    const std::vector<error>& attempts() const noexcept;
    /// What the user can change, for example `pass --tls-ca`; empty when there is nothing to say.
    std::string_view advice() const noexcept;

    error& at(std::string endpoint);
    error& in(cocql::phase phase);
    error& in(cocql::phase phase, phase_times times);
    error& during(std::string_view operation);
    error& because(error cause);
    error& with(boost::system::error_code code);
    error& with_tls_alert(int alert);
    error& with_x509(long code);
    error& with(server_error server);
    error& with(request_outcome outcome);
    error& with_attempts(std::vector<error> attempts);
    error& with_advice(std::string advice);

    /// Whether any error in the chain (this one included) has the code.
    bool has(errc code) const noexcept;

  private:
    struct data;
    data& own();

    std::shared_ptr<data> data_;
};

/// Prints what().
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const error& failure) {
    return out << failure.what();
}

[[noreturn]] void throw_exception_from_error(const error& failure,
                                             const boost::source_location& where);

} // namespace cocql
