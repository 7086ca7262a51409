#include "io/stream/name_rules.hpp"

#include <boost/asio/ip/address.hpp>

namespace cocql::io {

namespace {

/// The literal without its scope id, which names one of our interfaces and is not part of the
/// address that a certificate can hold; empty if the text is no literal.
std::string literal_of(std::string_view text) {
    const std::string plain(text.substr(0, text.find('%')));
    boost::system::error_code failed;
    boost::asio::ip::make_address(plain, failed);
    return failed ? std::string() : plain;
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
            .with_advice("give a host name, or turn the name check off");
    if (bare.find('\0') != bare.npos)
        return error(errc::bad_configuration, "the name to verify contains a NUL");
    if (auto literal = literal_of(bare); !literal.empty()) {
        if (checks_name)
            rules.ip_address_ = std::move(literal);
        return rules;
    }
    rules.sni_ = bare;
    if (checks_name)
        rules.dns_name_ = bare;
    return rules;
}

} // namespace cocql::io
