#pragma once

#include "core/base/buffer.hpp"
#include "core/message/decode_request.hpp"
#include "core/message/response.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::bench {

/// What the node answers: made once, so that answering is copying.
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

    /// `address` and `port` are what system.local says.
    canned_answers(std::string address, std::uint16_t port);

    /// Appends the answer's frame to `out`.
    void answer(const wire::frame_header& header, std::span<const std::byte> body,
                base::buffer& out) const;

  private:
    using bytes = std::vector<std::byte>;
    static constexpr std::size_t id_size = 16;

    bytes rows(std::string_view table, std::size_t value_size, std::size_t count, bool more) const;
    void answer_slowly(const wire::frame_header& header, std::span<const std::byte> body,
                       base::buffer& out) const;
    message::response say(const message::any_request& asked) const;
    message::response said_to(std::string_view cql) const;
    message::response prepared(std::string_view cql) const;
    message::response executed(std::span<const std::byte> id) const;
    void answer_page(const wire::frame_header& header, std::uint32_t page, base::buffer& out) const;
    static statement statement_of(std::string_view cql);

    std::string address_;
    std::uint16_t port_;
    std::array<bytes, 4> canned_; ///< by statement: point, insert, value_10k, value_1m
    bytes page_;                  ///< with a paging state
    bytes last_page_;
    mutable std::vector<std::string> others_; ///< prepared; their numbers are in their ids
    mutable message::cell_writer cells_;      ///< of the answer that is being made
};

} // namespace cocql::bench
