#pragma once

namespace cocql {

inline constexpr const char* version = "0.1.0";

} // namespace cocql
