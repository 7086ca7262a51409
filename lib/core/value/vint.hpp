#pragma once

#include "core/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cocql::values {

/// The variable-length integers inside a duration (native_protocol_v5.spec, section 3, [vint]): the
/// number of leading ones of the first byte says how many bytes follow; signs are zig-zag coded.
/// The lengths inside a vector are unsigned.
std::uint64_t read_unsigned_vint(base::byte_reader& in) noexcept;
void write_unsigned_vint(std::vector<std::byte>& out, std::uint64_t number);
std::int64_t read_vint(base::byte_reader& in) noexcept;
void write_vint(std::vector<std::byte>& out, std::int64_t number);

} // namespace cocql::values
