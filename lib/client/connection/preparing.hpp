#pragma once

#include "client/connection/asking.hpp"
#include "client/connection/implementation.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/prepare.hpp"

#include <optional>
#include <string>

namespace cocql::client {

/// PREPARE.
class preparing : public asking {
  public:
    using answer = prepared_statement;
    using request = message::prepare;
    preparing(std::string cql, statement_options options) noexcept
        : asking(std::move(options)), cql_(std::move(cql)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.cql = cql_;
        message.keyspace = options()->keyspace();
        return std::nullopt;
    }
    result<prepared_statement> read(const request&, const implementation& impl,
                                    wire::frame& frame) {
        return message::decode_prepared(frame.header(), frame.body(), cql_,
                                        impl.agreed().execute.metadata_ids(), options()->keyspace(),
                                        impl.agreed().conditional_mark);
    }

  private:
    std::string cql_;
};

} // namespace cocql::client
