#include "options.hpp"

#include "ini_file.hpp"
#include "text.hpp"

#include <cocql/version.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <tuple>

namespace cocqlsh {

namespace {

std::optional<std::string> environment(const char* name) {
    const char* text = std::getenv(name);
    return text != nullptr && *text != 0 ? std::optional<std::string>(text) : std::nullopt;
}

template <class Number>
std::optional<Number> number_of(const std::string& text) {
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

cocql::error bad_setting(const std::string& where, const std::string& what) {
    return cocql::error(cocql::errc::bad_configuration, where + ": " + what);
}

std::optional<std::chrono::steady_clock::duration> limit(double seconds) {
    if (!(seconds > 0))
        return std::nullopt;
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(std::min(seconds, 1e8)));
}

} // namespace

cocql::connection_options options::connection() const {
    cocql::connection_options settings;
    settings.connect_timeout(limit(connect_timeout)).request_timeout(limit(request_timeout));
    settings.startup_option("DRIVER_NAME", "cocqlsh");
    if (version)
        settings.version(*version, true);
    settings.compression(compression);
    if (tls)
        settings.tls(tls_settings);
    if (!user.empty())
        settings.login(user, secret);
    return settings;
}

void options::read_environment() {
    if (const auto name = environment("CQLSH_HOST"))
        host = *name;
    if (const auto text = environment("CQLSH_PORT"))
        if (const auto number = number_of<std::uint16_t>(*text))
            port = *number;
    if (const auto path = environment("CQL_HISTORY"))
        history = *path;
    if (const auto path = environment("SSL_CERTFILE"))
        tls_settings.ca_file(*path);
    if (const auto text = environment("SSL_VALIDATE"); text && lower(*text) == "false")
        tls_settings.verify(cocql::tls_verify::none);
}

/// cqlsh's names: certfile is the authority, usercert and userkey are ours; validate=false checks
/// nothing, check_hostname=false (cqlsh's default) the chain only. Here the name is checked unless
/// the file says no.
cocql::result<void> options::read_cqlshrc() {
    auto read = ini_file::read(expanded_path(cqlshrc), cqlshrc_given);
    if (!read)
        return read.error();
    const auto& file = *read;
    if (const auto text = file.get("connection", "hostname"))
        host = *text;
    if (const auto text = file.get("connection", "port")) {
        const auto number = number_of<std::uint16_t>(*text);
        if (!number)
            return bad_setting(cqlshrc, "[connection] port must be a number");
        port = *number;
    }
    for (const auto& [key, target] :
         {std::pair{"timeout", &connect_timeout}, std::pair{"request_timeout", &request_timeout}})
        if (const auto text = file.get("connection", key)) {
            const auto number = number_of<double>(*text);
            if (!number)
                return bad_setting(cqlshrc, std::string("[connection] ") + key +
                                                " must be a number of seconds");
            *target = *number;
        }
    if (const auto text = file.get("authentication", "username"))
        user = *text;
    if (const auto text = file.get("authentication", "password")) {
        secret = *text;
        secret_given = true;
    }
    if (const auto text = file.get("authentication", "keyspace"))
        keyspace = *text;
    if (const auto path = file.get("ssl", "certfile"))
        tls_settings.ca_file(expanded_path(*path));
    if (const auto path = file.get("ssl", "usercert"))
        tls_settings.certificate_file(expanded_path(*path));
    if (const auto path = file.get("ssl", "userkey"))
        tls_settings.key_file(expanded_path(*path));
    std::optional<bool> ssl;
    std::optional<bool> check_hostname;
    std::optional<bool> validate;
    for (const auto& [section, key, target] :
         {std::tuple{"connection", "ssl", &ssl},
          std::tuple{"ssl", "check_hostname", &check_hostname},
          std::tuple{"ssl", "validate", &validate}, std::tuple{"ui", "color", &colour}}) {
        const auto on = file.get_bool(section, key);
        if (!on)
            return bad_setting(cqlshrc, std::string(on.error().message()));
        if (*on)
            *target = *on;
    }
    tls = ssl.value_or(tls);
    if (!check_hostname.value_or(true))
        tls_settings.verify(cocql::tls_verify::ca);
    if (!validate.value_or(true))
        tls_settings.verify(cocql::tls_verify::none);
    return {};
}

options options::parse(int count, char** arguments, std::optional<int>& exit_code) {
    options result;
    // The file's place has to be known before the rest is read, since the rest overrides the file.
    for (int i = 1; i < count; ++i) {
        const std::string_view word = arguments[i];
        if (word == "--cqlshrc" && i + 1 < count)
            result.cqlshrc = arguments[i + 1];
        else if (word.starts_with("--cqlshrc="))
            result.cqlshrc = word.substr(10);
        else
            continue;
        result.cqlshrc_given = true;
    }
    if (auto read = result.read_cqlshrc(); !read) {
        std::cerr << read.error().what() << '\n';
        exit_code = 1;
        return result;
    }
    result.read_environment();

    CLI::App app{"A shell for ScyllaDB and Apache Cassandra.", "cocqlsh"};
    std::string host = result.host;
    std::string port_text;
    std::string user;
    std::string secret;
    std::string ca;
    std::string certificate;
    std::string key;
    std::string key_password;
    std::string server_name;
    std::string verify;
    bool ssl = false;
    bool coloured = false;
    bool plain = false;
    app.set_version_flag("-v,--version", std::string("cocqlsh ") + cocql::version);
    app.add_option("host", host, "Server to connect to (default 127.0.0.1, or CQLSH_HOST)");
    app.add_option("port", port_text, "Its port (default 9042, or CQLSH_PORT)");
    app.add_option("-u,--username", user, "Log in as this user");
    const auto* secret_option = app.add_option(
        "-p,--password", secret, "The user's password; asked for on a terminal when not given");
    app.add_option("-k,--keyspace", result.keyspace, "USE this keyspace first");
    const auto* execute =
        app.add_option("-e,--execute", result.execute, "Execute these statements and exit");
    app.add_option("-f,--file", result.file, "Execute the statements of this file and exit");
    app.add_flag("--ssl", ssl,
                 "Speak TLS; verifies against the system's authorities unless told otherwise");
    app.add_option("--cqlshrc", result.cqlshrc, "Settings file (default ~/.cassandra/cqlshrc)");
    app.add_option("--connect-timeout", result.connect_timeout,
                   "Seconds for all of connecting (default 5)");
    app.add_option("--request-timeout", result.request_timeout,
                   "Seconds for one request (default 10)");
    int version = 0;
    std::string compression;
    bool no_compression = false;
    app.add_option("--protocol-version", version,
                   "Speak this version of the protocol and no other: 3, 4 or 5 (default 5 if the "
                   "server lists it, else 4, or 3)")
        ->check(CLI::IsMember({3, 4, 5}));
    app.add_option("--compression", compression, "lz4, snappy (not in version 5) or none (default)")
        ->check(CLI::IsMember({"lz4", "snappy", "none"}));
    app.add_flag("--no-compression", no_compression, "The same as --compression none");
    app.add_flag("-C,--color", coloured, "Always use colours");
    app.add_flag("--no-color", plain, "Never use colours");
    app.add_flag("-t,--tty", result.force_terminal, "Behave as on a terminal");
    app.add_option("--tls-ca", ca, "Trust the authorities in this PEM file");
    app.add_option("--tls-cert", certificate, "Our certificate, PEM");
    app.add_option("--tls-key", key, "Its key, PEM");
    app.add_option("--tls-key-password", key_password, "Opens an encrypted key");
    app.add_option("--tls-server-name", server_name,
                   "The name to send and to verify, instead of the host");
    app.add_option("--tls-verify", verify,
                   "full (default): chain and name; ca: the chain; none: nothing")
        ->check(CLI::IsMember({"full", "ca", "none"}));
    app.footer("Any --tls option turns TLS on. Exit codes: 0 all went well, 1 could not connect or "
               "wrong usage, 2 a statement failed, 130 interrupted.");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& ended) {
        exit_code = app.exit(ended) == 0 ? 0 : 1;
        return result;
    }
    result.host = host;
    if (!port_text.empty()) {
        const auto number = number_of<std::uint16_t>(port_text);
        if (!number || *number == 0) {
            std::cerr << "the port must be a number from 1 to 65535, not '" << port_text << "'\n";
            exit_code = 1;
            return result;
        }
        result.port = *number;
    }
    if (!user.empty()) {
        if (user != result.user)
            result.secret_given = false;
        result.user = user;
    }
    if (secret_option->count() != 0) {
        result.secret = secret;
        result.secret_given = true;
    }
    result.has_execute = execute->count() != 0;
    result.tls = result.tls || ssl || !ca.empty() || !certificate.empty() || !key.empty() ||
                 !key_password.empty() || !server_name.empty() || !verify.empty();
    if (!ca.empty())
        result.tls_settings.ca_file(ca);
    if (!certificate.empty())
        result.tls_settings.certificate_file(certificate);
    if (!key.empty())
        result.tls_settings.key_file(key);
    if (!key_password.empty())
        result.tls_settings.key_password(key_password);
    if (!server_name.empty())
        result.tls_settings.server_hostname(server_name);
    if (!verify.empty())
        result.tls_settings.verify(verify == "full" ? cocql::tls_verify::full
                                   : verify == "ca" ? cocql::tls_verify::ca
                                                    : cocql::tls_verify::none);
    if (version != 0)
        result.version = static_cast<cocql::protocol_version>(version);
    if (compression == "lz4")
        result.compression = cocql::compression::lz4;
    else if (compression == "snappy")
        result.compression = cocql::compression::snappy;
    if (no_compression)
        result.compression = cocql::compression::none;
    if (coloured)
        result.colour = true;
    if (plain)
        result.colour = false;
    return result;
}

} // namespace cocqlsh
