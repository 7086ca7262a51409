#pragma once

#include <cocql/data_type.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cocql::metadata {

/// The user-defined types of one keyspace, by their names as they are (without quotes).
using user_types = std::map<std::string, data_type, std::less<>>;
/// Those of all keyspaces.
using keyspace_types = std::map<std::string, user_types, std::less<>>;

/// How many types one may be made of, each of them counted as often as it is there.
inline constexpr std::size_t most_types = 4096;

/// Reads a type as the servers' schema tables spell it: `frozen<map<text, address>>`,
/// `vector<float, 3>`, `'org.example.Own'`. Names of user-defined types may be quoted.
///
/// `frozen` leaves no trace: values are the same. errc::not_found for a user-defined type that is
/// not among `known`, errc::protocol_error for what is no type, nested more than 64 deep, or made of
/// more than 4,096: a few user-defined types, each with two fields of the one before, double what
/// is to be gone through as often as there are such. The text is never in the error as a whole.
result<data_type> parse_cql_type(std::string_view text, const user_types& known);

} // namespace cocql::metadata
