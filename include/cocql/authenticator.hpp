#pragma once

#include <cocql/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql {

/// One SASL conversation: made for one connection, used once (native_protocol_v4.spec,
/// section 4.2.3).
///
/// The functions are called on the connection's executor and must not block.
class authenticator {
  public:
    virtual ~authenticator() = default;
    /// The token of the first AUTH_RESPONSE. An error here makes the connection fail with it.
    virtual result<std::vector<std::byte>> initial_response() = 0;
    /// Answers an AUTH_CHALLENGE. The challenge is borrowed for the call.
    virtual result<std::vector<std::byte>> answer(std::span<const std::byte> challenge) = 0;
    /// The server is satisfied; `token` is what AUTH_SUCCESS carried. An error refuses the server.
    virtual result<void> succeeded(std::span<const std::byte> token) = 0;
};

/// Makes authenticators; shared by all connections of a program, so const functions must be
/// thread-safe.
class authenticator_provider {
  public:
    virtual ~authenticator_provider() = default;
    /// `server_class` is the class name in the server's AUTHENTICATE. Return an error to refuse to
    /// send credentials to that mechanism.
    virtual result<std::unique_ptr<authenticator>> make(std::string_view server_class) const = 0;
};

/// SASL PLAIN: what PasswordAuthenticator and its relatives understand. `secret` is never logged.
std::shared_ptr<const authenticator_provider> plain_authenticator(std::string user,
                                                                  std::string secret);

} // namespace cocql
