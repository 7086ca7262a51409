#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cocql {

/// The steps a connection goes through before it can serve requests, in their order.
///
/// One deadline covers them all; an error and a successful connection both tell how much of it each
/// step took.
enum class phase {
    resolve,
    tcp_connect,
    tls_handshake,
    options,
    startup,
    auth,
    register_events,
    use_keyspace,
    ready,
};

/// The phase's name as it stands in error texts, for example `tls_handshake`.
std::string_view to_string(phase value) noexcept;

/// How long one phase took.
struct phase_time {
    cocql::phase phase;
    std::chrono::steady_clock::duration taken;
};

/// The phases passed so far, in order. The last one may not have been completed.
using phase_times = std::vector<phase_time>;

/// `resolve 0.01, tcp 0.04, tls 4.95`: seconds per phase, rounded to hundredths.
std::string to_string(const phase_times& times);

} // namespace cocql
