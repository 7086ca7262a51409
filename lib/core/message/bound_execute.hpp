#pragma once

#include "core/base/owned_bytes.hpp"
#include "core/message/execution_parameters.hpp"
#include "core/message/request.hpp"

#include <cocql/bound_statement.hpp>
#include <cocql/statement_options.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::message {

/// EXECUTE as applications send it: a bound statement and options, written without a message in
/// between. The same bytes as message::execute writes.
///
/// Borrows both. Values of some length are not copied where the writer may leave them apart: they
/// are taken out of the statement, so that it can be encoded once.
class bound_execute final : public request {
  public:
    /// Shorter values are copied: that costs less than passing them on.
    static constexpr std::size_t shortest_apart = 16 * 1024;

    bound_execute() = default;
    /// `options` may be null, for the usual ones. `metadata_ids`: SCYLLA_USE_METADATA_ID or v5 was
    /// agreed on.
    bound_execute(bound_statement& bound, const statement_options* options,
                  bool metadata_ids) noexcept
        : bound_(&bound), options_(options), metadata_ids_(metadata_ids) {}

    wire::opcode opcode() const noexcept override { return wire::opcode::execute; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    /// Whether the server may leave out the description of the rows.
    bool skips_metadata() const noexcept;

  private:
    std::span<const std::byte> metadata_id() const noexcept;
    error refused(protocol_version version) const;
    template <class PutAfterValues>
    void write(base::byte_writer& out, protocol_version version,
               const execution_parameters& parameters, std::uint32_t flags,
               std::size_t most_after_values, PutAfterValues put_after_values) const;
    static base::owned_bytes taken_from(byte_sink& values) noexcept;

    bound_statement* bound_ = nullptr;
    const statement_options* options_ = nullptr;
    bool metadata_ids_ = false;
};

} // namespace cocql::message
