#pragma once

#include "core/base/shared_bytes.hpp"
#include "core/message/error_extensions.hpp"
#include "core/message/known_columns.hpp"
#include "core/message/page_content.hpp"
#include "core/wire/frame_assembler.hpp"

#include <cocql/event.hpp>
#include <cocql/page.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// From a frame to what the layers above work with. Strict: a body that is cut short, malformed or
/// longer than its message is errc::protocol_error, and nothing is allocated by a number that the
/// bytes themselves do not bear out.
namespace cocql::message {

/// The answer to QUERY, EXECUTE or BATCH. An ERROR becomes the error it carries; any other response
/// is errc::protocol_error. The page keeps the body, or what it needs of it. `known`: what the rows
/// may be described as, or not described at all if that was asked for; borrowed for the call, and
/// told when they are described otherwise for good.
result<page> decode_page(wire::frame& frame, const error_extensions& agreed = error_extensions(),
                         known_columns* known = nullptr, bool may_be_undescribed = false);
result<page> decode_page(const wire::frame_header& header, base::shared_bytes body,
                         const error_extensions& agreed = error_extensions());

/// The usual answer to EXECUTE: rows, described as they were when their statement was prepared, and
/// nothing beside that. Read without making what it does not have; of its bytes only the cells are
/// kept. Null for all others, and for what is malformed: decode_page() then says what it is. The
/// page takes the statement over; the caller holds it.
const page_content* decode_usual_page(wire::frame& frame,
                                      std::shared_ptr<const prepared_statement::parts>& statement);

/// The answer to PREPARE; errors as above. `metadata_ids`: SCYLLA_USE_METADATA_ID was agreed on.
/// `keyspace`: which PREPARE named, if it did. `conditional_mark`: see protocol::agreement.
result<prepared_statement> decode_prepared(const wire::frame_header& header,
                                           std::span<const std::byte> body, std::string cql,
                                           bool metadata_ids = false, std::string keyspace = {},
                                           std::uint32_t conditional_mark = 0);

/// The statement with what a server that metadata ids were agreed on with has said of its rows.
prepared_statement::parts with_news(const prepared_statement::parts& known,
                                    const known_columns::news& said, protocol_version version);

/// An EVENT.
result<event> decode_event(const wire::frame_header& header, std::span<const std::byte> body);

/// What an ERROR says, as an error of ours; when it cannot be read, that.
error decode_error(const wire::frame_header& header, std::span<const std::byte> body,
                   const error_extensions& agreed = error_extensions());

} // namespace cocql::message
