#pragma once

#include <cocql/data_type.hpp>
#include <cocql/result.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cocql::metadata {

/// The user-defined types of one keyspace, by their names as they are (without quotes).
using user_types = std::map<std::string, data_type, std::less<>>;
/// Those of all keyspaces.
using keyspace_types = std::map<std::string, user_types, std::less<>>;

/// Reads a type as the servers' schema tables spell it: `frozen<map<text, address>>`,
/// `vector<float, 3>`, `'org.example.Own'`. Names of user-defined types may be quoted.
///
/// `frozen` leaves no trace: values are the same. errc::not_found for a user-defined type that is
/// not among `known`, errc::protocol_error for what is no type, or nested more than 64 deep; the
/// text is never in the error as a whole.
result<data_type> parse_cql_type(std::string_view text, const user_types& known);

} // namespace cocql::metadata
