#include "io/stream/name_rules.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace cocql::io {

namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

/// The literal without its scope id, which names one of our interfaces and is not part of the
/// address that a certificate can hold; empty if the text is no literal.
std::string literal_of(std::string_view text) {
    const std::string plain(text.substr(0, text.find('%')));
    boost::system::error_code failed;
    const auto address = boost::asio::ip::make_address(plain, failed);
    const bool is_literal = !failed && (address.is_v6() || plain.size() == text.size());
    return is_literal ? plain : std::string();
}

/// Underscores are in no host name of RFC 952, but in many networks.
bool may_be_in_label(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
}

class objection {
  public:
    const char* why;
    const char* advice;
};

objection objection_to_letter(char letter) noexcept {
    if (letter == '*')
        return {"it has a wildcard", "give the name of one server: wildcards are for certificates"};
    if (letter == ':' || letter == '[' || letter == ']')
        return {"it has a colon or a bracket and is no IPv6 address",
                "give the name or address alone, without a port and brackets"};
    if (static_cast<unsigned char>(letter) >= 0x80)
        return {"it is not in ASCII",
                "write it as the DNS and certificates have it, with xn-- and Punycode"};
    return {"names have letters, digits, '-', '.' and '_'",
            "give the name as it is in the server's certificate"};
}

/// What is wrong with a name that is not empty and no literal. Some of it OpenSSL would understand
/// in its own way: a dot in front as any name below, a star as one that a wildcard covers.
std::optional<objection> objection_to(std::string_view name) noexcept {
    constexpr const char* whole = "give the whole name, as it is in the server's certificate";
    const auto wrong = std::find_if(name.begin(), name.end(), [](char letter) {
        return letter != '.' && !may_be_in_label(letter);
    });
    if (wrong != name.end())
        return objection_to_letter(*wrong);
    if (name.front() == '.')
        return objection{"it begins with a dot", whole};
    if (name.find("..") != name.npos || name.back() == '.')
        return objection{"it has a dot after a dot", whole};
    if (name.size() > longest_name)
        return objection{"it is longer than 253 bytes", whole};
    while (!name.empty()) {
        const auto label = name.substr(0, name.find('.'));
        if (label.size() > longest_label)
            return objection{"a part between its dots is longer than 63 bytes", whole};
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return std::nullopt;
}

/// For an error's text.
std::string shown(std::string_view name) {
    std::string text(name.substr(0, longest_name));
    std::replace_if(
        text.begin(), text.end(),
        [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; },
        '?');
    return name.size() > longest_name ? text + "…" : text;
}

} // namespace

result<name_rules> name_rules::decide(const tls_options& options, std::string_view host) {
    name_rules rules;
    rules.verifies_chain_ = options.verify() != tls_verify::none;
    const bool checks_name = options.verify() == tls_verify::full;
    const auto& chosen = options.server_hostname();
    if (!chosen && !checks_name)
        return rules;
    const std::string_view name = chosen ? std::string_view(*chosen) : host;
    // A trailing dot marks a name as complete for the resolver; certificates do not have it.
    const auto bare = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    if (bare.empty())
        return error(errc::bad_configuration, "the name to verify is empty")
            .with_advice(chosen ? "give the server's name, or leave it out to use the host's"
                                : "give a host name, or turn the name check off");
    if (bare.find('\0') != bare.npos) // which ends it for whatever takes a C string
        return error(errc::bad_configuration, "the name to verify contains a NUL")
            .with_advice("give the name as it is in the server's certificate");
    if (auto literal = literal_of(bare); !literal.empty()) {
        if (checks_name)
            rules.ip_address_ = std::move(literal);
        return rules;
    }
    if (const auto wrong = objection_to(bare))
        return error(errc::bad_configuration,
                     std::string(chosen ? "the server name '" : "the host '") + shown(name) +
                         "' cannot be right: " + wrong->why)
            .with_advice(wrong->advice);
    rules.sni_ = bare;
    if (checks_name)
        rules.dns_name_ = bare;
    return rules;
}

} // namespace cocql::io
