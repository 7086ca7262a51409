#pragma once

#include <string_view>

namespace cocql {

/// How a server that a connection was opened to has learned who its client is, as far as that shows
/// from here.
enum class authenticated_by {
    nothing,     ///< it has not asked
    certificate, ///< it was shown our TLS certificate and asked for no login
    login,       ///< it asked for a login, and has accepted it
};

/// The name, for example `certificate`.
constexpr std::string_view to_string(authenticated_by how) noexcept {
    switch (how) {
    case authenticated_by::nothing:
        return "nothing";
    case authenticated_by::certificate:
        return "certificate";
    case authenticated_by::login:
        return "login";
    }
    return "";
}

} // namespace cocql
