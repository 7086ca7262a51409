#pragma once

#include "core/message/response.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cocql::bench {

/// What a single node with no schema answers to the questions that drivers ask before they begin:
/// rows for system.local, none for every other table, with the columns that were asked for and
/// their right types (some drivers check them before there is a row).
///
/// Puts cells into `cells`, which the result borrows.
message::rows_result system_rows(std::string_view cql, const std::string& address,
                                 std::uint16_t port, message::cell_writer& cells);

} // namespace cocql::bench
