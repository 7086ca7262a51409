#pragma once

#include "client/connection/asking.hpp"
#include "client/connection/implementation.hpp"
#include "core/message/request.hpp"

#include <cocql/raw_request.hpp>

#include <optional>
#include <vector>

namespace cocql::client {

/// A request whose body is ready.
class asking_raw : public asking {
  public:
    class request final : public message::request {
      public:
        request() noexcept : message::request(wire::opcode()) {}
        void take(const raw_request& ready) noexcept {
            opcode_ = ready.opcode;
            raw_ = &ready;
        }
        result<void> encode(base::byte_writer& out, protocol_version) const override {
            out.write_bytes(raw_->body);
            return {};
        }

      private:
        const raw_request* raw_ = nullptr;
    };

    using answer = raw_response;
    asking_raw(raw_request raw, statement_options options) noexcept
        : asking(std::move(options)), raw_(std::move(raw)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.take(raw_);
        return std::nullopt;
    }
    result<raw_response> read(const request&, const implementation&, wire::frame& frame) {
        const auto bytes = frame.body();
        return raw_response(frame.header().opcode, frame.header().flags,
                            std::vector<std::byte>(bytes.begin(), bytes.end()));
    }

  private:
    raw_request raw_;
};

} // namespace cocql::client
