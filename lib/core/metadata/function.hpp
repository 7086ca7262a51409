#pragma once

#include <cocql/aggregate_info.hpp>
#include <cocql/function_info.hpp>
#include <cocql/function_signature.hpp>

#include <functional>
#include <map>
#include <string>

namespace cocql::metadata {

using cocql::function_signature;
using function = function_info;
using aggregate = aggregate_info;

/// Those of one keyspace, and of all.
using functions = std::map<function_signature, function>;
using all_functions = std::map<std::string, functions, std::less<>>;
using aggregates = std::map<function_signature, aggregate>;
using all_aggregates = std::map<std::string, aggregates, std::less<>>;

} // namespace cocql::metadata
