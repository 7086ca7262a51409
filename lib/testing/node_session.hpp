#pragma once

#include "core/wire/frame_assembler.hpp"

#include <cocql/testing/node_options.hpp>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace cocql::testing {

/// The server's side of one connection, without any I/O: bytes in, bytes out.
class node_session final : private wire::frame_receiver {
  public:
    explicit node_session(const node_options& options) : options_(options), assembler_(*this) {}

    /// The answers to what has come so far, as one run of bytes.
    std::vector<std::byte> feed(std::span<const std::byte> bytes);
    /// The node ends the connection after its last answer.
    bool wants_close() const noexcept { return wants_close_; }
    bool is_logged_in() const noexcept { return logged_in_; }
    /// Requests that have come, by their opcode.
    std::size_t count(wire::opcode opcode) const;
    const std::map<wire::opcode, std::size_t>& counts() const noexcept { return counts_; }
    const std::vector<std::string>& statements() const noexcept { return statements_; }
    /// A frame of the node's own accord, an event for one.
    std::vector<std::byte> frame(std::int16_t stream, const node_reply& reply) const;

  private:
    result<void> header_received(const wire::frame_header& header) override;
    result<void> frame_received(wire::frame& frame) override;

    void handle(wire::frame& frame);
    void send(std::int16_t stream, const node_reply& reply);
    void refuse(std::int16_t stream, server_error_code code, const std::string& text);
    void statement(std::int16_t stream, const std::string& cql);
    std::vector<column> parameters_of(const std::string& cql) const;
    void answer_statement(std::int16_t stream, const node_reply& reply);
    bool keeps_silent(wire::opcode opcode) const noexcept;

    const node_options& options_;
    wire::frame_assembler assembler_;
    std::uint8_t version_ = 4;
    bool wants_close_ = false;
    bool logged_in_ = false;
    std::vector<std::byte> out_;
    std::map<wire::opcode, std::size_t> counts_;
    std::vector<std::string> statements_;
    std::vector<std::vector<std::byte>> held_back_;
    std::map<std::string, std::string> prepared_; ///< by id, which is the text itself
};

} // namespace cocql::testing
