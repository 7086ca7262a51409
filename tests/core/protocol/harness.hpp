#pragma once

#include "core/message/authentication.hpp"
#include "core/message/error.hpp"
#include "core/message/event.hpp"
#include "core/message/options.hpp"
#include "core/message/query.hpp"
#include "core/message/register.hpp"
#include "core/message/startup.hpp"
#include "core/message/supported.hpp"
#include "core/protocol/cql_protocol.hpp"
#include "core/wire/segment_decoder.hpp"
#include "core/wire/segment_encoder.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// A cql_protocol between a transport of memory and a listener that writes everything down, at a
/// time that only the test moves.
namespace cocql::tests {

class memory_transport final : public protocol::transport {
  public:
    void write(std::span<const std::byte> bytes) override {
        if (!is_closing())
            buffer.append(bytes);
    }
    base::buffer& write_buffer() override { return buffer; }
    void write_apart(base::piece_apart piece) override {
        // Where it belongs, as the peer will see it.
        const std::vector<std::byte> behind(buffer.data() + piece.position,
                                            buffer.data() + buffer.size());
        buffer.truncate(piece.position);
        buffer.append(piece.bytes.view());
        buffer.append(behind);
        ++apart;
    }
    void write_appended() override { ++appended; }
    std::size_t write_buffer_size() const noexcept override { return buffer.size(); }
    std::uint64_t bytes_given() const noexcept override { return handed_over_; }
    base::send_progress progress() override {
        return {handed_over_, handed_over_ - std::min(handed_over_, unacknowledged)};
    }
    std::uint64_t bytes_queued() const noexcept override { return handed_over_ + buffer.size(); }
    void set_write_buffer_limits(std::size_t high, std::size_t low) override {
        high_water = high;
        low_water = low;
    }
    void pause_reading() override {}
    void resume_reading() override {}
    void close() override { closed = true; }
    void abort() override { aborted = true; }
    bool is_closing() const noexcept override { return closed || aborted; }
    void deadline_changed() override { ++deadline_changes; }
    void rest() override { ++rests; }
    const peer_info& peer() const noexcept override { return info; }

    /// The bytes on their way to the peer, as frames.
    struct frame {
        wire::frame_header header;
        std::vector<std::byte> body;
    };
    std::vector<frame> take() {
        std::vector<frame> frames;
        const auto out = segments ? contents_of_segments() : buffer.view();
        auto rest = out;
        while (rest.size() >= wire::frame_header::size) {
            const auto header = wire::frame_header::decode(rest.first<wire::frame_header::size>());
            const auto body = rest.subspan(wire::frame_header::size, header.length);
            frames.push_back({header, {body.begin(), body.end()}});
            rest = rest.subspan(wire::frame_header::size + header.length);
        }
        drop();
        return frames;
    }

    /// The same without looking at them.
    void drop() {
        handed_over_ += buffer.size();
        buffer.clear();
    }

    /// Set once segments are spoken: whether with compression.
    std::optional<bool> segments;
    /// Of what was dropped, bytes that the peer's system has not taken yet.
    std::uint64_t unacknowledged = 0;
    base::buffer buffer;
    std::size_t high_water = 0;
    std::size_t low_water = 0;
    int appended = 0;
    int apart = 0; ///< pieces given by write_apart()
    int deadline_changes = 0;
    int rests = 0;
    bool closed = false;
    bool aborted = false;
    peer_info info;

  private:
    class joiner final : public wire::frame_receiver {
      public:
        explicit joiner(base::buffer& out) : writer(out) {}
        result<void> header_received(const wire::frame_header&) override { return {}; }
        result<void> frame_received(wire::frame& frame) override {
            frame.header().encode(writer);
            writer.write_bytes(frame.body());
            return {};
        }
        base::byte_writer writer;
    };

    std::span<const std::byte> contents_of_segments() {
        joined_.clear();
        joiner receiver(joined_);
        wire::frame_assembler frames(receiver);
        wire::segment_decoder decoder(frames, *segments);
        if (!decoder.feed(buffer.view()) || decoder.in_segment() || frames.in_frame())
            throw std::runtime_error("what was sent are not whole segments");
        return joined_.view();
    }

    base::buffer joined_;
};

class recording_listener final : public protocol::protocol_listener {
  public:
    void startup_finished(result<void> outcome) override { startup.push_back(std::move(outcome)); }
    void event_received(const event& happened) override { events.push_back(happened); }
    void draining_begun() override { ++draining; }
    void writing_paused() override { ++pauses; }
    void writing_resumed() override { ++resumes; }
    void ending_begun(const error& why) override { ending.push_back(why); }
    void connection_ended(std::optional<error> cause) override {
        ended.push_back(std::move(cause));
    }

    std::vector<result<void>> startup;
    std::vector<event> events;
    int draining = 0;
    int pauses = 0;
    int resumes = 0;
    std::vector<error> ending;
    std::vector<std::optional<error>> ended;
};

/// A request that counts its ends.
class test_request final : public protocol::pending_request {
  public:
    explicit test_request(std::string cql = "SELECT 1") : text(std::move(cql)), query(text) {
        message = &query;
    }

    void response_received(wire::frame& frame) override {
        ++responses;
        body.assign(frame.body().begin(), frame.body().end());
        opcode = frame.header().opcode;
        if (then)
            then();
    }
    void request_failed(error failed) override {
        ++failures;
        failure = std::move(failed);
        if (then)
            then();
    }
    int ends() const { return responses + failures; }

    std::string text;
    message::query query;
    int responses = 0;
    int failures = 0;
    std::vector<std::byte> body;
    wire::opcode opcode{};
    std::optional<error> failure;
    std::function<void()> then;
};

inline std::vector<std::byte>
make_frame(std::uint8_t version, std::int16_t stream, wire::opcode opcode,
           const std::function<void(base::byte_writer&)>& body = nullptr, std::uint8_t flags = 0) {
    base::buffer content;
    base::byte_writer content_writer(content);
    if (body)
        body(content_writer);
    base::buffer out;
    base::byte_writer writer(out);
    wire::frame_header header;
    header.version = version;
    header.flags = flags;
    header.stream = stream;
    header.opcode = opcode;
    header.length = static_cast<std::uint32_t>(content.size());
    header.encode(writer);
    writer.write_bytes(content.view());
    return {out.view().begin(), out.view().end()};
}

class harness {
  public:
    explicit harness(protocol::protocol_settings wanted = protocol::protocol_settings())
        : settings(std::move(wanted)), phases(now) {
        if (settings.endpoint.empty())
            settings.endpoint = "127.0.0.1:9042";
        protocol = std::make_unique<protocol::cql_protocol>(settings, phases, listener);
    }

    void connect() { protocol->connection_made(transport, now); }
    void feed(std::span<const std::byte> bytes) { protocol->data_received(bytes, now); }
    void answer(std::int16_t stream, wire::opcode opcode,
                const std::function<void(base::byte_writer&)>& body = nullptr,
                std::uint8_t flags = 0) {
        const auto frame = make_frame(version(), stream, opcode, body, flags);
        if (transport.segments)
            return feed(in_segments(frame));
        if (settings.version >= protocol_version::v5 &&
            (opcode == wire::opcode::ready || opcode == wire::opcode::authenticate))
            transport.segments = settings.compression != compression::none;
        feed(frame);
    }
    std::vector<std::byte> in_segments(std::span<const std::byte> frame) const {
        base::buffer out;
        wire::segment_encoder(transport.segments.value()).append(out, frame, 0);
        return {out.view().begin(), out.view().end()};
    }
    void answer_error(std::int16_t stream, server_error_code code, std::string text) {
        answer(stream, wire::opcode::error, [&](base::byte_writer& out) {
            server_error said;
            said.code = code;
            said.message = std::move(text);
            message::encode_error(out, said);
        });
    }
    void answer_supported(std::int16_t stream) {
        answer(stream, wire::opcode::supported, [](base::byte_writer& out) {
            message::encode_supported(out, {{"CQL_VERSION", {"3.4.7"}}, {"COMPRESSION", {"lz4"}}});
        });
    }
    void answer_void(std::int16_t stream) {
        answer(stream, wire::opcode::result, [](base::byte_writer& out) { out.write_i32(1); });
    }
    /// Opens without a login, to the point where requests may be sent.
    void open() {
        connect();
        answer_supported(transport.take().at(0).header.stream);
        answer(transport.take().at(0).header.stream, wire::opcode::ready);
    }
    void pass(base::duration time) {
        now += time;
        protocol->handle_timeout(now);
    }
    std::uint8_t version() const {
        return static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(settings.version));
    }

    base::time_point now{std::chrono::hours(1)};
    protocol::protocol_settings settings;
    protocol::phase_clock phases;
    memory_transport transport;
    recording_listener listener;
    std::unique_ptr<protocol::cql_protocol> protocol;
};

/// Answers with a RESULT whose kind is a number to recognise it by.
inline void answer_with(harness& h, std::int16_t stream, std::uint32_t mark) {
    h.answer(stream, wire::opcode::result, [&](base::byte_writer& out) { out.write_u32(mark); });
}

inline std::uint32_t mark_of(const test_request& request) {
    return base::load_big_endian<std::uint32_t>(request.body.data());
}

} // namespace cocql::tests
