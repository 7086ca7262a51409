#pragma once

#include <cstdint>
#include <string_view>

namespace cocql {

/// How what is sent and received is compressed. Servers offer lz4 and snappy; protocol v5 knows lz4
/// only.
enum class compression : std::uint8_t { none, lz4, snappy };

/// Its name in STARTUP: `lz4`, `snappy`; `none` for none.
std::string_view to_string(compression kind) noexcept;

} // namespace cocql
