#pragma once

#include "core/base/send_progress.hpp"

#include <optional>

namespace cocql::io {

/// What the system knows of how far the bytes written to a TCP socket have come: on Linux what the
/// peer's system has acknowledged. Nothing elsewhere, before Linux 4.1, and for what is no TCP
/// socket. Knows no Asio, whose headers do not go together with the kernel's.
std::optional<base::send_progress> tcp_progress(int descriptor) noexcept;

} // namespace cocql::io
