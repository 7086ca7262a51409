#pragma once

#include "client/connection/asking.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/preparations.hpp"
#include "core/message/batch.hpp"
#include "core/message/decode_response.hpp"

#include <cocql/batch.hpp>
#include <cocql/page.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace cocql::client {

/// BATCH.
class executing_batch : public asking {
  public:
    using answer = page;
    using request = message::batch;
    executing_batch(batch statements, statement_options options) noexcept
        : asking(std::move(options)), batch_(std::move(statements)) {}
    preparations::statement prepared(std::span<const std::byte> id) const {
        for (const auto& each : batch_.statements())
            if (const auto* const bound = std::get_if<bound_statement>(&each);
                bound != nullptr && std::ranges::equal(bound->statement().id(), id))
                return bound->statement().content();
        return nullptr;
    }
    /// What says which partition it is about: the first that says so of any.
    const bound_statement* routed_by() const noexcept {
        for (const auto& each : batch_.statements())
            if (const auto* const bound = std::get_if<bound_statement>(&each);
                bound != nullptr && !bound->statement().partition_key_indices().empty())
                return bound;
        return nullptr;
    }
    std::optional<error> write(request& message, const implementation&) const {
        message.type = batch_.type();
        message.level = options()->consistency();
        message.serial_level = options()->serial_consistency();
        message.timestamp = options()->timestamp();
        message.keyspace = options()->keyspace();
        message.now_in_seconds = options()->now_in_seconds();
        message.statements.reserve(batch_.size());
        for (const auto& each : batch_.statements()) {
            if (const auto* cql = std::get_if<std::string>(&each)) {
                message.statements.emplace_back(std::string_view(*cql));
                continue;
            }
            const auto& bound = std::get<bound_statement>(each);
            auto& part = message.statements.emplace_back(bound.statement().id());
            part.written = {bound.bytes(), bound.size(), bound.has_unset()};
        }
        return batch_.failure();
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        return message::decode_page(frame, impl.agreed().errors);
    }

  private:
    batch batch_;
};

} // namespace cocql::client
