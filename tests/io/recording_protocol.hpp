#pragma once

#include "core/protocol/protocol.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// Writes down what the bridge tells it.
class recording_protocol final : public protocol::protocol {
  public:
    void connection_made(cocql::protocol::transport& made, base::time_point) override {
        transport = &made;
        calls.push_back("made");
        if (on_made)
            on_made();
    }
    void data_received(std::span<const std::byte> bytes, base::time_point) override {
        received += bytes.size();
        ++reads;
        if (on_data)
            on_data();
    }
    std::span<std::byte> get_buffer() override { return better_place; }
    void buffer_updated(std::size_t count, base::time_point) override {
        received += count;
        ++updates;
        better_place = better_place.subspan(count);
    }
    void eof_received(base::time_point) override { calls.push_back("eof"); }
    void connection_lost(std::optional<error> cause, base::time_point) override {
        lost = std::move(cause);
        calls.push_back("lost");
        if (on_lost)
            on_lost();
    }
    void pause_writing() override {
        calls.push_back("pause");
        buffered.push_back(transport->write_buffer_size());
    }
    void resume_writing(base::time_point) override {
        calls.push_back("resume");
        buffered.push_back(transport->write_buffer_size());
        if (on_resume)
            on_resume();
    }
    base::time_point next_deadline() noexcept override { return deadline; }
    void handle_timeout(base::time_point now) override {
        calls.push_back("timeout");
        fired_at = now;
        deadline = base::never;
        if (on_timeout)
            on_timeout();
    }
    /// All calls but those of data, in one line.
    std::string told() const {
        std::string text;
        for (const auto& each : calls)
            text += (text.empty() ? "" : " ") + each;
        return text;
    }
    bool is_lost() const noexcept { return calls.back() == "lost"; }

    cocql::protocol::transport* transport = nullptr;
    std::vector<std::string> calls;
    std::vector<std::size_t> buffered; ///< bytes in the write buffer at each pause and resume
    std::size_t received = 0;
    std::size_t reads = 0;
    std::function<void()> on_made;
    std::function<void()> on_data;
    std::function<void()> on_lost;
    std::function<void()> on_resume;
    std::function<void()> on_timeout;
    std::size_t updates = 0;           ///< reads to better_place
    std::span<std::byte> better_place; ///< the rest of it, where there is one
    std::optional<error> lost;
    base::time_point deadline = base::never;
    base::time_point fired_at{};
};

} // namespace cocql::tests
