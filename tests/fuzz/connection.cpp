#include "../core/protocol/harness.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

// A whole connection's state machine, driven by a script of bytes: what the peer sends, what the
// application asks for, and when. Whatever comes, each request must end at most once, and exactly
// once when the connection is over.

using namespace cocql;
using namespace cocql::tests;

namespace {

class script {
  public:
    explicit script(std::span<const std::byte> bytes) : bytes_(bytes) {}
    bool empty() const { return bytes_.empty(); }
    std::uint8_t next() {
        if (bytes_.empty())
            return 0;
        const auto byte = std::to_integer<std::uint8_t>(bytes_.front());
        bytes_ = bytes_.subspan(1);
        return byte;
    }
    std::span<const std::byte> next(std::size_t count) {
        const auto part = bytes_.first(std::min(count, bytes_.size()));
        bytes_ = bytes_.subspan(part.size());
        return part;
    }

  private:
    std::span<const std::byte> bytes_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    script input(std::as_bytes(std::span(data, size)));
    protocol::protocol_settings settings;
    const auto choice = input.next();
    settings.max_in_flight = 1 + (choice & 7u);
    settings.orphan_count_limit = 2;
    if ((choice & 8u) != 0)
        settings.authentication = plain_authenticator("user", "secret");
    if ((choice & 16u) != 0)
        settings.keyspace = "ks";
    if ((choice & 32u) != 0)
        settings.event_types = {event_type::schema_change, event_type::status_change};
    if ((choice & 128u) != 0)
        settings.version = protocol_version::v5;
    // With a keyspace, so that the bits suffice: in v4 and v5, logged in and not.
    if ((choice & 16u) != 0)
        settings.compression = compression::lz4;
    std::deque<test_request> requests;
    std::deque<bool> given_up;
    harness h(settings);
    if ((choice & 64u) != 0)
        h.open();
    else
        h.connect();
    while (!input.empty()) {
        switch (input.next() % 8) {
        case 0:
        case 1:
            h.feed(input.next(input.next()));
            break;
        case 2: {
            // A well-formed header, so that scripts get past it; the body is the script's.
            const auto opcode = static_cast<wire::opcode>(input.next() % 17);
            const auto stream =
                static_cast<std::int16_t>(static_cast<std::int8_t>(input.next()) % 8);
            const auto flags = static_cast<std::uint8_t>(input.next() & 0x0f);
            const auto body = input.next(input.next());
            h.answer(
                stream, opcode, [&](base::byte_writer& out) { out.write_bytes(body); }, flags);
            break;
        }
        case 3:
            if (requests.size() < 64) {
                auto& request = requests.emplace_back();
                given_up.push_back(false);
                const auto limit = input.next();
                if (limit != 0)
                    request.deadline = h.now + std::chrono::seconds(limit);
                request.busy = (limit & 1u) != 0 ? when_busy::wait : when_busy::refuse;
                h.protocol->submit(request, h.now);
            }
            break;
        case 4:
            if (!requests.empty()) {
                const auto index = input.next() % requests.size();
                if (requests[index].ends() == 0 && !given_up[index]) {
                    h.protocol->abandon(requests[index], h.now);
                    given_up[index] = true;
                }
            }
            break;
        case 5:
            h.pass(std::chrono::seconds(input.next()));
            break;
        case 6:
            h.transport.drop();
            break;
        case 7:
            if ((input.next() & 1u) != 0)
                h.protocol->pause_writing();
            else
                h.protocol->resume_writing(h.now);
            break;
        }
    }
    h.protocol->eof_received(h.now);
    h.protocol->connection_lost(std::nullopt, h.now);
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (requests[i].ends() != (given_up[i] ? 0 : 1))
            __builtin_trap();
    if (h.protocol->in_flight() != 0 || h.protocol->waiting() != 0 ||
        h.protocol->deadlines() != 0 || h.listener.startup.size() != 1 ||
        h.listener.ended.size() != 1)
        __builtin_trap();
    return 0;
}
