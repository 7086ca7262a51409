#include "connect_failure.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

using cocql::errc;

/// `host:9042` as one word; an IPv6 literal has more than one colon.
bool has_port_in_host(const std::string& host) {
    return std::count(host.begin(), host.end(), ':') == 1;
}

/// What the TLS options of the command line have to do with a failed handshake.
std::string tls_hint(const cocql::error& failure) {
    if (failure.has(errc::certificate_rejected) || failure.x509_code())
        return "--tls-ca, --tls-server-name, --tls-verify";
    if (failure.tls_alert())
        return "the server turned the handshake down: check what TLS it is set up for";
    return "leave --ssl and the --tls options out for a plain port";
}

std::string bad_setting_advice(const cocql::error& failure, const options& settings) {
    const auto& tls = settings.tls_settings;
    if (tls.certificate_file().empty() != tls.key_file().empty())
        return "give both --tls-cert and --tls-key";
    if (failure.advice().find("password") != std::string::npos)
        return std::string(failure.advice()) + " (--tls-key-password)";
    if (failure.message().find(" name to verify ") != std::string::npos ||
        failure.message().find("cannot be right: ") != std::string::npos)
        return tls.server_hostname() ? std::string(failure.advice()) + " (--tls-server-name)"
               : has_port_in_host(settings.host)
                   ? "the port is a word of its own: cocqlsh HOST PORT"
                   : std::string(failure.advice()) + " (HOST, or --tls-server-name)";
    return std::string(failure.advice());
}

std::string advice_for(const cocql::error& failure, const options& settings) {
    const auto phase = failure.phase();
    std::string advice(failure.advice());
    if (failure.has(errc::authentication_required) || failure.has(errc::authentication_failed))
        return "check -u and -p";
    if (failure.has(errc::tls_required))
        return "turn TLS on: --ssl, or --tls-ca with the server's authority";
    if (failure.has(errc::client_certificate_required))
        return "give a client certificate with --tls-cert and --tls-key";
    if (failure.has(errc::client_certificate_refused))
        return advice + " (--tls-cert, --tls-key)";
    if (failure.has(errc::bad_configuration))
        return bad_setting_advice(failure, settings);
    if (phase == cocql::phase::resolve && has_port_in_host(settings.host))
        return "the port is a word of its own: cocqlsh HOST PORT";
    if (phase == cocql::phase::resolve && failure.has(errc::timed_out))
        return "check the name servers in /etc/resolv.conf, or raise --connect-timeout";
    if (phase == cocql::phase::use_keyspace)
        return "check -k";
    if (phase == cocql::phase::tls_handshake && failure.has(errc::timed_out))
        advice = "check that the port speaks TLS, or raise --connect-timeout";
    if (failure.has(errc::certificate_rejected) || failure.has(errc::tls_failed) ||
        phase == cocql::phase::tls_handshake) {
        const auto hint = tls_hint(failure);
        return advice.empty() ? hint : advice + " (" + hint + ")";
    }
    if (phase == cocql::phase::options && failure.has(errc::protocol_error))
        return "what answers there does not speak CQL: check the port";
    if (!settings.tls && phase == cocql::phase::options &&
        (failure.has(errc::connection_lost) || failure.has(errc::timed_out)))
        return "the port may want TLS: try --ssl or --tls-ca";
    if (failure.has(errc::timed_out))
        return "check host and port, or raise --connect-timeout";
    return advice;
}

} // namespace

std::vector<std::string> connect_failure(const cocql::error& failure, const options& settings) {
    std::vector<std::string> lines;
    lines.push_back("Could not connect to " + settings.endpoint().to_string());
    if (const auto phase = failure.phase()) {
        auto line = "  phase: " + std::string(to_string(*phase));
        if (!failure.times().empty())
            line += " (" + to_string(failure.times()) + ")";
        lines.push_back(std::move(line));
    }
    std::string cause(failure.message());
    for (const auto* beneath = failure.cause(); beneath != nullptr; beneath = beneath->cause())
        cause += ": " + std::string(beneath->message());
    lines.push_back("  cause: " + cause);
    for (const auto& attempt : failure.attempts())
        lines.push_back("  tried: " + std::string(attempt.message()));
    if (const auto advice = advice_for(failure, settings); !advice.empty())
        lines.push_back("  try:   " + advice);
    return lines;
}

} // namespace cocqlsh
