#include <cocql/endpoint.hpp>

#include <charconv>
#include <utility>

namespace cocql {

namespace {

error malformed(std::string_view text, const char* why) {
    return error(errc::invalid_argument, "'" + std::string(text) + "' is not an address: " + why);
}

} // namespace

endpoint::endpoint(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

result<endpoint> endpoint::parse(std::string_view text, std::uint16_t port) {
    auto host = text;
    std::string_view port_text;
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == text.npos)
            return malformed(text, "the bracket is not closed");
        host = text.substr(1, close - 1);
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
    if (!port_text.empty()) {
        unsigned value = 0;
        const auto [end, failure] =
            std::from_chars(port_text.data(), port_text.data() + port_text.size(), value);
        if (failure != std::errc() || end != port_text.data() + port_text.size() || value == 0 ||
            value > 65535)
            return malformed(text, "the port must be a number from 1 to 65535");
        port = static_cast<std::uint16_t>(value);
    }
    return endpoint(std::string(host), port);
}

std::string endpoint::to_string() const {
    const bool literal = host_.find(':') != host_.npos;
    return (literal ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

} // namespace cocql
