#pragma once

#include "core/message/decode_request.hpp"
#include "core/wire/frame_header.hpp"
#include "io/stream/tls_context.hpp"

#include <cocql/server_error.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql::testing {

/// Whose manners the scripted node has where servers differ.
enum class manners { cassandra, scylla };

/// The step at which a node falls silent: it accepts, or gets so far, and never says another word.
enum class silence {
    never,
    at_accept,
    in_server_hello,
    after_handshake,
    at_options,
    at_startup,
    at_auth,
    at_register,
    at_query
};

/// How a node ends a connection in the middle of its answers: in good order (TLS close_notify), by
/// a bare FIN, by a reset, or not at all but without another word.
enum class node_fault { goodbye, truncate, reset, silence };

/// What a node answers to a statement: an opcode, a body, and flags with what they announce already
/// in the body.
class node_reply {
  public:
    node_reply() = default;
    node_reply(wire::opcode opcode, std::vector<std::byte> body, std::uint8_t flags = 0)
        : opcode(opcode), body(std::move(body)), flags(flags) {}

    wire::opcode opcode = wire::opcode::result;
    std::vector<std::byte> body;
    std::uint8_t flags = 0;
};

/// How a scripted node behaves.
class node_options {
  public:
    node_options() = default;

    manners like = manners::cassandra;
    std::uint8_t lowest_version = 3;
    std::uint8_t highest_version = 4;
    /// Not empty: a login with this user and secret is demanded.
    std::string user;
    std::string secret;
    silence silent = silence::never;
    /// Messages that are answered by an ERROR, whatever they say.
    std::map<wire::opcode, server_error> refused;
    /// Called for each QUERY (with its text) and EXECUTE (with the prepared text); nothing:
    /// RESULT/Void.
    std::function<std::optional<node_reply>(const std::string& cql)> answer;
    /// A statement that begins with this is never answered.
    std::string silent_statement;
    /// Answers to statements are held back until there are so many, and then sent in reverse order.
    std::size_t reverse_after = 0;

    /// Set: TLS.
    std::optional<io::tls_context::server_settings> tls;
    /// ScyllaDB with TLS 1.2: a client without a certificate is dropped after the handshake without
    /// a word.
    bool drops_without_certificate = false;
    /// Never answers the peer's goodbye, and keeps the descriptor until stop().
    bool mute_close_notify = false;
    /// Reads nothing any more once start-up is over.
    bool deaf_after_startup = false;
    /// Bytes per write and the pause after each, for a peer that drips; 0: whole answers at once.
    std::size_t drip = 0;
    std::chrono::milliseconds drip_pause{0};
    /// The connection suffers `fault` after so many bytes of answers.
    std::optional<std::size_t> fault_after;
    node_fault fault = node_fault::truncate;
    /// TLS 1.3: before its answers the node changes keys and asks for new ones, or sends another
    /// ticket, in turns.
    bool restless_tls = false;
};

/// RESULT/Rows of one text column, one row per text.
node_reply rows_of(const std::vector<std::string>& texts);
node_reply error_of(server_error said);

} // namespace cocql::testing
