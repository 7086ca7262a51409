#pragma once

#include <cocql/data_type.hpp>
#include <cocql/duration.hpp>

#include <cstddef>
#include <span>

namespace cocql::values {

/// Whether a type that needs parameters has them. A list of nothing can be made by
/// data_type(kind::list); it has no values.
bool is_whole(const data_type& type) noexcept;

/// Whether a duration's parts have one sign, as the servers demand.
bool is_one_sign(const duration& span) noexcept;

/// RFC 3629: shortest forms, no surrogates, up to U+10FFFF.
bool is_utf8(std::span<const std::byte> bytes) noexcept;
bool is_ascii(std::span<const std::byte> bytes) noexcept;

/// Bytes of one element of a vector, for the types whose elements Cassandra writes without a length
/// (those whose AbstractType.valueLengthIfFixed says so); 0 for the others.
std::size_t vector_element_width(const data_type& element) noexcept;

} // namespace cocql::values
