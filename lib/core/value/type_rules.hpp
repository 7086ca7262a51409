#pragma once

#include <cocql/data_type.hpp>
#include <cocql/duration.hpp>

#include <cstdint>

namespace cocql::values {

/// Whether a type that needs parameters has them. A list of nothing can be made by
/// data_type(kind::list); it has no values.
bool is_whole(const data_type& type) noexcept;

/// Whether a duration's parts have one sign, as the servers demand.
bool is_one_sign(const duration& span) noexcept;

/// Nanoseconds of a day, the end of CQL's time.
inline constexpr std::int64_t day_nanoseconds = 86'400'000'000'000;

} // namespace cocql::values
