#include <cocql/phase.hpp>

#include <array>
#include <charconv>

namespace cocql {

namespace {

/// Short names for the breakdown, where space counts.
std::string_view short_name(phase value) noexcept {
    switch (value) {
    case phase::tcp_connect:
        return "tcp";
    case phase::tls_handshake:
        return "tls";
    case phase::register_events:
        return "register";
    default:
        return to_string(value);
    }
}

} // namespace

std::string_view to_string(phase value) noexcept {
    switch (value) {
    case phase::resolve:
        return "resolve";
    case phase::tcp_connect:
        return "tcp_connect";
    case phase::tls_handshake:
        return "tls_handshake";
    case phase::options:
        return "options";
    case phase::startup:
        return "startup";
    case phase::auth:
        return "auth";
    case phase::register_events:
        return "register_events";
    case phase::use_keyspace:
        return "use_keyspace";
    case phase::ready:
        return "ready";
    }
    return "unknown";
}

std::string to_string(const phase_times& times) {
    std::string text;
    for (const auto& [which, taken] : times) {
        if (!text.empty())
            text += ", ";
        text += short_name(which);
        text += ' ';
        std::array<char, 32> digits{};
        auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(),
                          std::chrono::duration<double>(taken).count(), std::chars_format::fixed, 2)
                .ptr;
        text.append(digits.data(), end);
    }
    return text;
}

} // namespace cocql
