#pragma once

#include "client/connection/asking.hpp"
#include "client/connection/implementation.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/query.hpp"

#include <optional>
#include <string>

namespace cocql::client {

/// QUERY.
class querying : public asking {
  public:
    using answer = page;
    using request = message::query;
    querying(std::string cql, statement_options options) noexcept
        : asking(std::move(options)), cql_(std::move(cql)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.cql = cql_;
        message.parameters.take(*options());
        return std::nullopt;
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        return message::decode_page(frame, impl.agreed().errors);
    }

  private:
    std::string cql_;
};

} // namespace cocql::client
