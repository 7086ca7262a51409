#include "core/base/number_in.hpp"

#include <cocql/endpoint.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <sys/un.h>
#include <utility>

namespace cocql {

namespace {

error malformed(std::string_view text, const char* why) {
    // A password may stand before the @.
    const auto login = text.substr(0, text.find('@'));
    const bool secret = login.size() != text.size() && login.find(':') != login.npos;
    const auto shown = secret ? std::string("what was given") : "'" + std::string(text) + "'";
    return error(errc::invalid_argument, shown + " is not an address: " + why);
}

/// What names and scopes are made of: whatever the DNS allows and underscores, which some networks
/// have. Of other alphabets a resolver may know more than we.
bool is_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' ||
               letter == '_' || static_cast<unsigned char>(letter) >= 0x80;
    });
}

/// Of IPv6, with a scope or without.
bool is_literal(std::string_view text) noexcept {
    const auto address = text.substr(0, text.find('%'));
    if (address.size() != text.size() && !is_name(text.substr(address.size() + 1)))
        return false;
    char literal[INET6_ADDRSTRLEN] = {};
    if (address.size() >= sizeof literal || address.find('\0') != address.npos)
        return false;
    std::copy(address.begin(), address.end(), literal);
    in6_addr bytes;
    return inet_pton(AF_INET6, literal, &bytes) == 1;
}

/// Of a UNIX socket, as far as the system takes it.
bool is_path(std::string_view text) noexcept {
    return text.starts_with('/') && !text.starts_with("//") && text != "/" &&
           text.size() < sizeof sockaddr_un::sun_path && text.find('\0') == text.npos;
}

bool is_host(std::string_view text) noexcept {
    if (text.starts_with('/'))
        return is_path(text);
    return text.find(':') != text.npos ? is_literal(text) : is_name(text);
}

/// An IPv6 literal as URLs have it.
bool is_bracketed(std::string_view host) noexcept {
    return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
           is_literal(host.substr(1, host.size() - 2));
}

} // namespace

endpoint::endpoint(std::string host, std::uint16_t port)
    : host_(is_bracketed(host) ? host.substr(1, host.size() - 2) : std::move(host)), port_(port) {}

result<endpoint> endpoint::parse(std::string_view text, std::uint16_t port) {
    if (text.starts_with('/')) {
        if (!is_path(text))
            return malformed(text, "no UNIX socket can have this path");
        return endpoint(std::string(text), 0);
    }
    if (text.find('@') != text.npos)
        return malformed(text, "it has an @; user and password are given apart");
    auto host = text;
    std::string_view port_text;
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == text.npos)
            return malformed(text, "the bracket is not closed");
        host = text.substr(1, close - 1);
        if (!is_literal(host))
            return malformed(text, "only an IPv6 literal stands in brackets");
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':')
            return malformed(text, "only a port may follow the bracket");
        if (!rest.empty())
            port_text = rest.substr(1);
        if (!rest.empty() && port_text.empty())
            return malformed(text, "the port is missing");
    } else if (const auto colon = text.find(':');
               colon != text.npos && text.find(':', colon + 1) == text.npos) {
        // One colon divides host and port; more than one make an IPv6 literal.
        host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
        if (port_text.empty())
            return malformed(text, "the port is missing");
    }
    if (host.empty())
        return malformed(text, "the host is missing");
    if (!is_host(host))
        return malformed(text, host.find(':') != host.npos
                                   ? "it has several colons and is no IPv6 literal"
                                   : "a host has letters, digits, '-', '.' and '_'");
    if (!port_text.empty()) {
        const auto value = base::number_in<std::uint16_t>(port_text);
        if (!value || *value == 0)
            return malformed(text, "the port must be a number from 1 to 65535");
        port = *value;
    }
    return endpoint(std::string(host), port);
}

bool endpoint::has_valid_host() const noexcept {
    return is_host(host_);
}

std::string endpoint::to_string() const {
    if (is_unix_socket())
        return host_;
    const auto at = host_.rfind('@');
    const auto shown = at == host_.npos ? host_ : "..." + host_.substr(at);
    const bool literal = shown.find(':') != shown.npos;
    return (literal ? "[" + shown + "]" : shown) + ":" + std::to_string(port_);
}

} // namespace cocql
