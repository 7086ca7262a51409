#pragma once

#include "core/routing/partitioner.hpp"

#include <cocql/result.hpp>
#include <cocql/table_info.hpp>
#include <cocql/value.hpp>

#include <span>
#include <string>

namespace cocql::metadata {

/// The token of a partition by the values of its key's columns, in the key's order.
/// errc::invalid_argument, which names the table as it is named here, where they are not as many or
/// do not fit the columns' types.
result<routing::token> token_of_key(const table_info& table, const std::string& name,
                                    routing::partitioner how, std::span<const value> key);

} // namespace cocql::metadata
