#include "command_line.hpp"

#include "arguments.hpp"
#include "history.hpp"
#include "number_text.hpp"

#include <cocql/version.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <iostream>

namespace cocqlsh {

namespace {

constexpr const char* of_cqlsh = "Options of cqlsh";
constexpr const char* of_scylla_cqlsh = "Options of ScyllaDB's cqlsh";
constexpr const char* of_cocqlsh = "Options of cocqlsh alone";

void add_options_of_cqlsh(CLI::App& app, command_line& line, bool& coloured) {
    app.add_option("-u,--username", line.user, "Log in as this user");
    app.add_option("-p,--password", line.secret,
                   "The user's password; asked for on a terminal when it is found nowhere. A file "
                   "of credentials is a safer place for it");
    app.add_option("-k,--keyspace", line.keyspace, "USE this keyspace first");
    app.add_option("-e,--execute", line.execute, "Execute these statements and exit");
    app.add_option("-f,--file", line.file, "Execute the statements of this file and exit");
    app.add_flag("--ssl", line.ssl,
                 "Speak TLS; verifies against the system's authorities unless told otherwise");
    app.add_option("--cqlshrc", line.cqlshrc, "Settings file (default ~/.cassandra/cqlshrc)");
    app.add_option("--credentials", line.credentials,
                   "File of the user's name and password (default credentials, beside the settings "
                   "file); nobody else may be able to read it");
    app.add_option("--connect-timeout", line.connect_timeout,
                   "Seconds for all of connecting (default 5)");
    app.add_option("--request-timeout", line.request_timeout,
                   "Seconds for one request (default 10)");
    app.add_option("--protocol-version", line.protocol_version,
                   "Speak this version of the protocol and no other: 3, 4 or 5 (default 5 if the "
                   "server lists it, else 4, or 3)")
        ->check(CLI::IsMember({3, 4, 5}));
    app.add_option("--cqlversion", line.cql_version,
                   "Fail to connect unless the server speaks this version of CQL");
    app.add_flag("-C,--color,!--no-color", coloured, "Always, or never, use colours");
    app.add_flag("-t,--tty", line.terminal, "Behave as on a terminal");
    app.add_flag("--disable-history", line.no_history,
                 "Write nothing to the history file (it is read all the same)");
    app.add_flag("--insecure-password-without-warning", line.secret_without_warning,
                 "Do not warn of a password on the command line");
    app.add_flag("--debug", line.debug, "Print the settings that are used");
    app.add_option("--encoding", line.encoding, "UTF-8, the only one");
    app.add_option("--browser", line.browser, "Without effect: HELP shows its text by itself");
    app.add_flag("--coverage", line.coverage, "Without effect");
}

void add_options_of_scylla_cqlsh(CLI::App& app, command_line& line) {
    app.add_flag("--no-compression", line.no_compression, "The same as --compression none");
    app.add_option("--client-route", line.client_routes,
                   "ID[=ADDRESS]; connects to the first ADDRESS when no host is given, routes are "
                   "not followed yet")
        ->allow_extra_args(false)
        ->take_all();
    app.add_flag("--client-routes-advanced-shard-awareness,"
                 "!--no-client-routes-advanced-shard-awareness",
                 line.shard_aware_routes, "Without effect");
    app.add_flag("--driver-debug", line.driver_debug, "Without effect: see --debug");
}

void add_options_of_cocqlsh(CLI::App& app, command_line& line) {
    app.add_option("--compression", line.compression,
                   "lz4, snappy (not in version 5) or none (default)")
        ->check(CLI::IsMember({"lz4", "snappy", "none"}));
    app.add_option("--tls-ca", line.tls_ca, "Trust the authorities in this PEM file");
    app.add_option("--tls-cert", line.tls_certificate, "Our certificate, PEM");
    app.add_option("--tls-key", line.tls_key, "Its key, PEM");
    app.add_option("--tls-key-password", line.tls_key_password, "Opens an encrypted key");
    app.add_option("--tls-server-name", line.tls_server_name,
                   "The name to send and to verify, instead of the host");
    app.add_option("--tls-verify", line.tls_verify,
                   "full (default): chain and name; ca: the chain; none: nothing")
        ->check(CLI::IsMember({"full", "ca", "none"}));
}

/// Prints what is wrong or what was asked for.
std::optional<int> end_of(const CLI::App& app, const CLI::ParseError& ended) {
    return app.exit(ended) == 0 ? 0 : 1;
}

} // namespace

command_line command_line::parse(int count, char** words, std::optional<int>& exit_code) {
    command_line line;
    std::string port;
    CLI::App app{"A shell for ScyllaDB and Apache Cassandra.", "cocqlsh"};
    // What comes later counts, so that what an alias says can be overridden.
    app.option_defaults()->take_last();
    app.set_version_flag("-v,--version", std::string("cocqlsh ") + cocql::version);
    app.add_option(
        "host", line.host,
        "Server to connect to, or the path of its UNIX socket (default 127.0.0.1, or CQLSH_HOST)");
    app.add_option("port", port, "Its port (default 9042, or CQLSH_PORT)");
    app.option_defaults()->group(of_cqlsh);
    bool coloured = false;
    add_options_of_cqlsh(app, line, coloured);
    app.option_defaults()->group(of_scylla_cqlsh);
    add_options_of_scylla_cqlsh(app, line);
    app.option_defaults()->group(of_cocqlsh);
    add_options_of_cocqlsh(app, line);
    app.footer("A long option's name may be cut short. Any --tls option turns TLS on. Exit codes: "
               "0 all went well, 1 could not connect or wrong usage, 2 a statement failed, 130 "
               "interrupted.");
    arguments given(app, count, words);
    given.hide([](std::string_view name, std::string_view value) {
        return name == "password" || name == "tls-key-password" ||
               (name == "execute" && history::is_secret(value));
    });
    try {
        if (!given.mistake().empty())
            throw CLI::ArgumentMismatch(given.mistake());
        app.parse(given.for_parser());
    } catch (const CLI::ParseError& ended) {
        exit_code = end_of(app, ended);
        return line;
    }
    if (app.count("--color") != 0)
        line.colour = coloured;
    if (!port.empty()) {
        line.port = number_of<std::uint16_t>(port);
        if (!line.port || *line.port == 0) {
            std::cerr << "the port must be a number from 1 to 65535, not '" << port << "'\n";
            exit_code = 1;
        }
    }
    return line;
}

} // namespace cocqlsh
