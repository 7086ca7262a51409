#pragma once

#include <cocql/column.hpp>
#include <cocql/consistency.hpp>
#include <cocql/event.hpp>
#include <cocql/opcode.hpp>
#include <cocql/server_error.hpp>
#include <cocql/tls_options.hpp>
#include <cocql/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
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
    node_reply(cocql::opcode opcode, std::vector<std::byte> body, std::uint8_t flags = 0)
        : opcode(opcode), body(std::move(body)), flags(flags) {}

    cocql::opcode opcode = cocql::opcode::result;
    std::vector<std::byte> body;
    std::uint8_t flags = 0;
};

/// A statement as the node got it: QUERY or EXECUTE.
class node_request {
  public:
    node_request() = default;

    std::string cql;
    /// The bound values' bytes; nothing for null and unset.
    std::vector<std::optional<std::vector<std::byte>>> values;
    std::optional<std::int32_t> page_size;
    std::vector<std::byte> paging_state;
    cocql::consistency consistency = cocql::consistency::local_one;
    std::optional<cocql::consistency> serial_consistency;
    std::optional<std::int64_t> timestamp;
    /// That its connection is in by a USE that the node has answered itself; empty for none.
    std::string keyspace;
    /// EXECUTE where ids of the rows' metadata are spoken: whether it named the right one.
    bool knows_rows = true;
    /// That the connection leads to; see node_options::shard.
    std::uint32_t shard = 0;
    /// Whether the client has asked to be told where tablets are (TABLETS_ROUTING_V1).
    bool wants_tablets = false;
    /// EXECUTE where the node offers a name that begins with TABLETS_ROUTING_V2 and the client has
    /// asked for it: what stands behind all else, a block's number in the upper four bits and in
    /// the lower ones that block of the version that the client knows the tablet by.
    std::optional<std::uint8_t> version_block;
};

/// How a node turns a client certificate down that it does not accept.
enum class certificate_refusal {
    fitting_alert,
    internal_error, ///< the alert of that name; Cassandra, one of another authority
    without_a_word, ///< the connection is dropped when the handshake is done; ScyllaDB
};

/// A node's side of TLS. Files are PEM.
class node_tls {
  public:
    node_tls() = default;
    node_tls(std::string certificate_file, std::string key_file)
        : certificate_file(std::move(certificate_file)), key_file(std::move(key_file)) {}

    std::string certificate_file;
    std::string key_file;
    /// Authorities of client certificates; not empty: a client certificate is asked for.
    std::string client_ca_file;
    bool client_certificate_required = false;
    certificate_refusal refuses_by = certificate_refusal::fitting_alert;
    tls_version minimum = tls_version::v1_2;
    tls_version maximum = tls_version::v1_3;
    /// Session tickets sent after a TLS 1.3 handshake.
    unsigned tickets = 2;
    /// They come in front of the first answer, and none before; Cassandra.
    bool tickets_with_answer = false;
    /// By which its tickets are sealed, 80 bytes: nodes with the same one take each other's, and
    /// take them after a restart. Empty: one of its own.
    std::string ticket_key;
};

/// How a scripted node behaves.
class node_options {
  public:
    node_options() = default;

    /// Where it listens; port 0: any that is free. An absolute path: at a UNIX socket that it makes
    /// there, and removes when it is stopped.
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    manners like = manners::cassandra;
    std::uint8_t lowest_version = 3;
    std::uint8_t highest_version = 4;
    /// What SUPPORTED says in place of what its manners have; no values: it has no such key.
    std::map<std::string, std::vector<std::string>> offers;
    /// Which shard a connection gets, by the port that it comes from; nothing: the first.
    std::function<std::uint32_t(std::uint16_t client_port)> shard;
    /// What SUPPORTED offers, as far as the version has it (v5 has lz4 only).
    std::vector<std::string> compressions = {"snappy", "lz4"};
    /// What PREPARED says of the rows to come, and the id of that where ids are spoken. Answers to
    /// EXECUTE must have these columns.
    std::vector<column> prepared_columns;
    std::string metadata_id = "columns 1";
    /// The same for each statement, by its text; where there are none, its answers are taken for
    /// something else than rows. Set: `prepared_columns` does not count, each statement has an id
    /// of its columns that begins with `metadata_id`, and who has asked for rows without their
    /// description gets them so, as real servers do it.
    std::function<std::vector<column>(const std::string& cql)> prepared_columns_of;
    /// Not empty: a login with this user and secret is demanded.
    std::string user;
    std::string secret;
    silence silent = silence::never;
    /// Types of events that it does not know: REGISTER of one, after others or alone, is answered
    /// by an ERROR, and registers those that stand before it.
    std::set<std::string> unknown_events;
    /// Messages that are answered by an ERROR, whatever they say.
    std::map<opcode, server_error> refused;
    /// Called for each QUERY (with its text), EXECUTE (with the prepared text) and BATCH (with
    /// "BATCH"; its statements are in scripted_node::statements()); nothing: RESULT/Void.
    std::function<std::optional<node_reply>(const std::string& cql)> answer;
    /// The same with all that came with the statement; asked before `answer`.
    std::function<std::optional<node_reply>(const node_request& request)> answer_request;
    /// The markers of a statement that is prepared; nothing: one of type text for each question
    /// mark.
    std::function<std::vector<column>(const std::string& cql)> parameters;
    /// Which markers of a statement that is prepared make the partition key; nothing: none.
    std::function<std::vector<std::uint16_t>(const std::string& cql)> partition_key;
    /// The statements that it knows, by their ids, which it shares with the other ports of its
    /// node; null: it has none, and knows its own.
    std::shared_ptr<std::map<std::string, std::string>> prepared_statements;
    /// Called for each prepared statement that EXECUTE or BATCH names, with its text; true: the
    /// node has forgotten it until it is prepared again, as after an ALTER or a restart.
    std::function<bool(const std::string& cql)> forgets;
    /// Goes into the ids of statements: after a change they are prepared under others.
    std::string id_salt;
    /// So many PREPAREs of a connection are answered, and no more.
    std::size_t answered_prepares = static_cast<std::size_t>(-1);
    /// A statement that begins with this is never answered.
    std::string silent_statement;
    /// How long after a statement its answer is sent. Others are answered meanwhile, so that
    /// answers overtake each other. Of a batch it is asked for "BATCH".
    std::function<std::chrono::milliseconds(const std::string& cql)> delay;
    /// Answers to statements are held back until there are so many, and then sent in reverse order.
    std::size_t reverse_after = 0;

    /// Set: TLS.
    std::optional<node_tls> tls;
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
    /// One bit of the byte at this place is flipped in every run of answers that is so long.
    std::optional<std::size_t> flip_at;
    /// The connection suffers `fault` after so many bytes of answers.
    std::optional<std::size_t> fault_after;
    node_fault fault = node_fault::truncate;
    /// TLS 1.3: before its answers the node changes keys and asks for new ones, or sends another
    /// ticket, in turns.
    bool restless_tls = false;
};

/// RESULT/Rows. Throws cocql::error when a row has another number of values than there are columns,
/// or a value does not fit its column, or a name is longer than 65,535 bytes.
node_reply rows_of(const std::vector<column>& columns, const std::vector<std::vector<value>>& rows);
/// RESULT/Rows of one text column, one row per text.
node_reply rows_of(const std::vector<std::string>& texts);
/// RESULT/Schema_change.
node_reply changed_schema(const schema_change& what);
/// ERROR. Of a message over 65,535 bytes the length wraps around, as it does with real servers.
node_reply error_of(server_error said);
/// The rows of another reply with the news that there are more, which a request with this paging
/// state gets.
node_reply with_more(const node_reply& rows, std::span<const std::byte> paging_state);
/// Another reply, which has none yet, with a custom payload (protocol v4).
node_reply with_payload(const node_reply& reply,
                        const std::map<std::string, std::vector<std::byte>>& payload);
/// RESULT/Rows as an EXECUTE gets it that names the columns by `asked_id`: without their
/// description when that is the right id and it was asked to leave it out, with the new id when it
/// is not.
node_reply for_execute(const node_reply& rows, std::span<const std::byte> asked_id,
                       std::span<const std::byte> right_id, bool skip_metadata);

} // namespace cocql::testing
