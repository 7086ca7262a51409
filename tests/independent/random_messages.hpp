#pragma once

#include "core/message/rows_result.hpp"
#include "whole_message.hpp"

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::tests {

/// Messages of every kind with every field in every state that both sides can say; always the same
/// ones for a seed.
///
/// Left out is only what the independent codec cannot say: the errors CDC_WRITE_FAILURE and
/// CAS_WRITE_UNKNOWN, the write type CAS, failure codes above 6, and warnings together with a
/// custom payload, which it puts in the other order than native_protocol_v4.spec (section 2.2) and
/// servers.
class random_messages {
  public:
    random_messages(protocol_version version, std::uint64_t seed)
        : version_(version), random_(seed) {}

    /// Borrows from this object until the next call.
    whole_message next();

  private:
    bool v4() const noexcept { return version_ >= protocol_version::v4; }
    bool v5() const noexcept { return version_ >= protocol_version::v5; }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    std::int32_t any_int() { return static_cast<std::int32_t>(random_() >> below(64)); }

    /// Mostly short, sometimes longer than a segment; never above `most`.
    std::size_t length(std::size_t least, std::size_t most);
    std::string_view text(std::size_t least = 0, std::size_t most = 65'535);
    std::string_view long_text() { return text(1, 400'000); }
    std::span<const std::byte> bytes(std::size_t least = 0, std::size_t most = 65'535);
    std::vector<std::byte> own_bytes(std::size_t least = 0);
    std::vector<std::string> texts();
    wire::bytes_map payload();
    inet_address address();
    consistency level() { return static_cast<consistency>(below(11)); }

    std::vector<message::bound_value> values(std::size_t count);
    template <class Message>
    void fill_options(Message& asked);
    message::query_parameters parameters();
    message::batch batch();
    message::any_request request();

    data_type type(int depth = 0);
    std::vector<column> columns(std::size_t least);
    server_error failure();
    schema_change change();
    event happened();
    message::rows_result rows();
    message::prepared_result prepared();
    message::response response();
    message::response_envelope envelope();

    protocol_version version_;
    std::mt19937_64 random_;
    std::deque<std::string> texts_;
    message::cell_writer cells_;
};

} // namespace cocql::tests
