#pragma once

#include "core/message/execute.hpp"
#include "core/protocol/framing.hpp"

#include <cocql/testing/node_client.hpp>
#include <cocql/testing/node_options.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql::testing {

/// An answer that is to be sent later: node_options::delay.
struct delayed_answer {
    std::chrono::milliseconds delay;
    std::int16_t stream;
    node_reply reply;
};

/// The server's side of one connection, without any I/O: bytes in, bytes out.
class node_session final : private wire::frame_receiver {
  public:
    /// `client_port`: where the connection comes from, if it is from somewhere.
    /// `prepared`: the statements that the node knows, by their ids, as all its connections do;
    /// null for a connection that knows its own.
    explicit node_session(const node_options& options, std::uint16_t client_port = 0,
                          std::map<std::string, std::string>* prepared = nullptr)
        : options_(options),
          client_port_(client_port),
          prepared_(prepared != nullptr ? *prepared : own_prepared_) {}
    node_session(const node_session&) = delete;
    node_session& operator=(const node_session&) = delete;

    /// The answers to what has come so far, as one run of bytes.
    std::vector<std::byte> feed(std::span<const std::byte> bytes);
    /// The answers that what has come so far is to get later, by frame(). Each is given once.
    std::vector<delayed_answer> take_delayed() { return std::exchange(delayed_, {}); }
    /// The node ends the connection after its last answer.
    bool wants_close() const noexcept { return wants_close_; }
    bool is_logged_in() const noexcept { return logged_in_; }
    /// What it was told; nothing before STARTUP.
    const std::optional<node_client>& client() const noexcept { return client_; }
    /// Whether it is to be told of such an event.
    bool listens_to(std::string_view event) const noexcept;
    /// That the connection leads to; the first one until it was asked for.
    std::uint32_t shard() const noexcept { return shard_.value_or(0); }
    /// Requests that have come, by their opcode.
    std::size_t count(wire::opcode opcode) const;
    const std::map<wire::opcode, std::size_t>& counts() const noexcept { return counts_; }
    const std::vector<std::string>& statements() const noexcept { return statements_; }
    /// A frame of the node's own accord, an event for one.
    std::vector<std::byte> frame(std::int16_t stream, const node_reply& reply);
    /// v3 and v4: requests that came with a compressed body.
    std::size_t compressed_requests() const noexcept { return compressed_requests_; }

  private:
    result<void> header_received(const wire::frame_header& header) override;
    result<void> frame_received(wire::frame& frame) override;

    void handle(wire::frame& frame);
    std::map<std::string, std::vector<std::string>> supported();
    bool wants_version_blocks(const std::map<std::string, std::string>& asked);
    void startup(std::int16_t stream, base::byte_reader& in);
    void register_for(std::int16_t stream, base::byte_reader& in);
    std::vector<std::byte> bare_frame(std::int16_t stream, const node_reply& reply) const;
    /// Puts a whole frame into the form that was agreed on.
    void put(base::buffer& out, std::span<const std::byte> frame);
    void send(std::int16_t stream, const node_reply& reply);
    void refuse(std::int16_t stream, server_error_code code, const std::string& text);
    void statement(std::int16_t stream, const std::string& cql,
                   const message::query_parameters& parameters,
                   const message::execute* execute = nullptr);
    /// Of a prepared statement; nothing where it is not known, or was forgotten now.
    std::optional<std::string> text_of(std::span<const std::byte> id);
    std::optional<node_reply> reply_to(const std::string& cql,
                                       const message::query_parameters& parameters,
                                       bool knows_rows = true,
                                       std::optional<std::uint8_t> version_block = {}) const;
    void batch(std::int16_t stream, base::byte_reader& in);
    std::vector<column> parameters_of(const std::string& cql) const;
    std::vector<column> rows_of_prepared(const std::string& cql) const;
    std::string id_of_rows(const std::string& cql) const;
    void answer_statement(std::int16_t stream, const std::string& cql, const node_reply& reply);
    bool keeps_silent(wire::opcode opcode) const noexcept;

    const node_options& options_;
    std::uint16_t client_port_;
    std::optional<protocol::framing> framing_; ///< of the version of the first frame
    std::uint8_t version_ = 4;
    bool wants_close_ = false;
    bool logged_in_ = false;
    std::optional<node_client> client_;
    bool metadata_ids_ = false;
    bool wants_tablets_ = false;
    bool version_blocks_ = false; ///< behind EXECUTE, of tablets
    bool wants_marks_ = false;    ///< of conditional statements
    base::buffer out_;
    std::uint64_t queued_ = 0;
    std::size_t compressed_requests_ = 0;
    std::map<wire::opcode, std::size_t> counts_;
    std::vector<std::string> statements_;
    std::vector<std::vector<std::byte>> held_back_;
    std::vector<delayed_answer> delayed_;
    std::optional<std::uint32_t> shard_; ///< once it was asked for
    std::string keyspace_;               ///< that it is in; empty for none
    std::map<std::string, std::string> own_prepared_;
    std::map<std::string, std::string>& prepared_; ///< by id
};

} // namespace cocql::testing
