#pragma once

#include "client/connection/implementation.hpp"
#include "client/connection/preparations.hpp"
#include "core/message/bound_execute.hpp"
#include "core/message/decode_response.hpp"

#include <cocql/bound_statement.hpp>
#include <cocql/page.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace cocql::client {

/// EXECUTE.
class executing {
  public:
    using answer = page;
    using request = message::bound_execute;
    explicit executing(detail::binding&& binding) noexcept : binding_(std::move(binding)) {}
    /// Memory for one object beside the statement, of detail::binding::room_size bytes, as long as
    /// that.
    void* room() noexcept { return binding_.room(); }
    preparations::statement prepared(std::span<const std::byte> id) const {
        const auto& statement = binding_.bound().statement().content();
        return std::ranges::equal(statement->id, id) ? statement : nullptr;
    }
    void renew(const preparations::statement& statement) {
        binding_.statement_content() = statement;
    }
    const statement_options* options() const noexcept { return binding_.options(); }
    /// Before its message is made.
    void put_options(statement_options options) {
        binding_ = std::move(binding_).with(std::move(options));
    }
    /// What says which partition it is about.
    const bound_statement* routed_by() const noexcept {
        return binding_.failure() == nullptr ? &binding_.bound() : nullptr;
    }
    request make_message(const implementation& impl) noexcept {
        return request(binding_.bound(), binding_.options(), impl.agreed().execute);
    }
    const error* write(request&, const implementation&) const noexcept {
        return binding_.failure();
    }
    /// Null where it is not the usual one.
    const message::page_content* read_usual(wire::frame& frame) {
        return message::decode_usual_page(frame, binding_.statement_content());
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        message::known_columns known(binding_.take_statement().content());
        const bool may_be_undescribed =
            request::skips_metadata(known.statement(), impl.agreed().execute.metadata_ids());
        auto page = message::decode_page(frame, impl.agreed().errors, &known, may_be_undescribed);
        if (known.changed)
            prepared_statement::renew(
                known.kept(),
                message::with_news(known.statement(), *known.changed, impl.agreed().version));
        return page;
    }

  private:
    detail::binding binding_;
};

} // namespace cocql::client
