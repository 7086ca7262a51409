#pragma once

#include <cocql/data_type.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cocql::values {

/// Reads a type spelled as a class of Cassandra's, as vectors are on the wire:
/// `org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)`.
/// Nothing when it is another class, or badly spelled, or nested more than 64 deep, or a vector of
/// no elements.
std::optional<data_type> parse_class_name(std::string_view text);

/// The spelling that parse_class_name() reads.
std::string class_name(const data_type& type);

} // namespace cocql::values
