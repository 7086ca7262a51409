#pragma once

#include "core/message/execute_layout.hpp"
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
/// Borrows both. Values of some length are not copied where the writer may leave them apart: the
/// statement shares them with whoever writes them, and can be encoded again.
class bound_execute final : public request {
  public:
    bound_execute() noexcept : request(wire::opcode::execute) {}
    /// `options` may be null, for the usual ones.
    bound_execute(const bound_statement& bound, const statement_options* options,
                  execute_layout layout) noexcept
        : request(wire::opcode::execute), bound_(&bound), options_(options), layout_(layout) {}

    /// Which byte (routing::version_block), where one is to stand there. Before it is encoded.
    void put_version_block(std::uint8_t block) noexcept { layout_.put_version_block(block); }

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    bool encode_usual(base::buffer& out, std::size_t before,
                      protocol_version version) const override;
    /// Whether the server may leave out the description of the rows.
    static bool skips_metadata(const prepared_statement::parts& parts, bool metadata_ids) noexcept;

    /// Fills in what parts::usual says of the request, if all of it can be said in this version.
    static void prepare_usual(prepared_statement::parts& parts, protocol_version version,
                              bool metadata_ids);

  private:
    error refused(protocol_version version) const;
    /// Whether what comes before its values and behind them was written when it was prepared.
    bool is_usual(protocol_version version) const noexcept {
        const auto& usual = bound_->statement().content()->usual;
        return options_ == nullptr && usual.version == static_cast<std::uint8_t>(version) &&
               layout_.is_just(usual.metadata_ids);
    }
    template <class PutAfterValues>
    void write(base::byte_writer& out, protocol_version version,
               const execution_parameters& parameters, std::uint32_t flags,
               std::size_t most_after_values, PutAfterValues put_after_values) const;

    const bound_statement* bound_ = nullptr;
    const statement_options* options_ = nullptr;
    execute_layout layout_;
};

} // namespace cocql::message
