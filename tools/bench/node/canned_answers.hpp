#pragma once

#include "core/base/buffer.hpp"
#include "core/message/decode_request.hpp"
#include "core/message/response.hpp"
#include "node_description.hpp"
#include "request_counter.hpp"
#include "statement_texts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::bench {

/// What a node, or one of its shards, answers: made once, so that answering is copying.
///
/// The statements that are measured are told apart by a number in their prepared id. Everything
/// else (what drivers ask of the system tables before they begin) is answered slowly.
class canned_answers {
  public:
    /// Which a prepared statement is; the first byte of its id.
    enum class statement : std::uint8_t { point, insert, value_10k, value_1m, pages, other };

    static constexpr std::size_t page_rows = 5'000;
    /// Of `SELECT … FROM bench.pages`: about 100 MB.
    static constexpr std::uint32_t page_count = 256;

    /// What is not null is borrowed. `counter`: of the requests that are measured; null: nobody
    /// counts them.
    canned_answers(node_description& node, statement_texts& texts, request_counter* counter);

    /// Appends the answer's frame to `out`. False: it is not due yet, and is to be asked for again.
    bool answer(const wire::frame_header& header, std::span<const std::byte> body,
                base::buffer& out);

  private:
    using bytes = std::vector<std::byte>;
    static constexpr std::size_t id_size = 16;

    bytes rows(std::string_view table, std::size_t value_size, std::size_t count, bool more) const;
    bool answer_slowly(const wire::frame_header& header, std::span<const std::byte> body,
                       base::buffer& out);
    bool is_due(const message::any_request& asked) const;
    message::response say(const message::any_request& asked);
    message::response said_to(std::string_view cql,
                              const std::vector<message::bound_value>& values);
    message::response prepared(std::string_view cql);
    message::response executed(const message::execute& asked);
    /// Null: it was not prepared here.
    const std::string* text_of(const message::execute& asked) const;
    void answer_page(const wire::frame_header& header, std::uint32_t page, base::buffer& out) const;
    static statement statement_of(std::string_view cql);

    node_description& node_;
    statement_texts& texts_;
    request_counter* counter_;
    std::array<bytes, 4> canned_; ///< by statement: point, insert, value_10k, value_1m
    bytes page_;                  ///< with a paging state
    bytes last_page_;
};

} // namespace cocql::bench
