#include "options_reader.hpp"

#include "login_reader.hpp"
#include "number_text.hpp"
#include "text.hpp"
#include "time_zone.hpp"
#include "without_effect.hpp"

#include <cocql/version.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace cocqlsh {

namespace {

std::optional<std::string> environment(const char* name) {
    const char* text = std::getenv(name);
    return text != nullptr && *text != 0 ? std::optional<std::string>(text) : std::nullopt;
}

/// cqlsh's reading of SSL_VALIDATE and SSL_CHECK_HOSTNAME.
std::optional<bool> truth_in_environment(const char* name) {
    const auto text = environment(name);
    return text ? std::optional(lower(*text) != "false") : std::nullopt;
}

template <class T>
void take(T& target, const std::optional<T>& given) {
    if (given)
        target = *given;
}

std::string place_of(const settings_file& file) {
    return file.path().empty() ? std::string("none")
                               : file.path() + (file.exists() ? "" : " (not there)");
}

std::chrono::milliseconds whole_milliseconds(double seconds) {
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e8) * 1000));
}

} // namespace

void options_reader::refuse(const std::string& what) {
    if (!failure_)
        failure_ = cocql::error(cocql::errc::bad_configuration, what);
}

std::optional<cocql::error> options_reader::read() {
    open_cqlshrc();
    read_connection();
    read_ui();
    read_environment();
    read_command_line();
    read_client_routes();
    check_host();
    read_tls();
    read_cql_version();
    read_encoding();
    read_time_zone();
    read_login();
    for (auto& each : notes_of_unread(cqlshrc_))
        note(std::move(each));
    return cqlshrc_.failure() ? cqlshrc_.failure() : failure_;
}

/// ~/.cqlshrc is where cqlsh had it once; it moves the file, which is not ours to do.
void options_reader::open_cqlshrc() {
    const auto usual = expanded_path("~/.cassandra/cqlshrc");
    const auto old = expanded_path("~/.cqlshrc");
    if (line_.cqlshrc) {
        cqlshrc_ = settings_file::read(expanded_path(*line_.cqlshrc), true);
    } else {
        cqlshrc_ = settings_file::read(usual, false);
        std::error_code ignored;
        if (std::filesystem::exists(old, ignored)) {
            if (cqlshrc_.exists())
                note(old + " is not read, since there is " + usual);
            else if (!cqlshrc_.failure())
                cqlshrc_ = settings_file::read(old, false);
        }
    }
}

void options_reader::read_connection() {
    const auto host = cqlshrc_.text("connection", "hostname");
    host_given_ = host.has_value();
    take(result_.host, host);
    if (const auto port = cqlshrc_.number("connection", "port", 1, 65535))
        result_.port = static_cast<std::uint16_t>(*port);
    take(result_.connect_timeout, cqlshrc_.seconds("connection", "timeout"));
    take(result_.request_timeout, cqlshrc_.seconds("connection", "request_timeout"));
    take(result_.tls, cqlshrc_.truth("connection", "ssl"));
    // Nothing is compressed unless --compression says so.
    static_cast<void>(cqlshrc_.truth("connection", "no_compression"));
    if (const auto version = cqlshrc_.number("protocol", "version", 3, 5))
        result_.version = static_cast<cocql::protocol_version>(*version);
    take(result_.keyspace, cqlshrc_.text("authentication", "keyspace"));
    if (const auto disabled = cqlshrc_.truth("history", "disabled"))
        result_.keeps_history = !*disabled;
    if (const auto patience = cqlshrc_.seconds("tracing", "max_trace_wait"))
        result_.trace_patience = whole_milliseconds(*patience);
}

void options_reader::read_ui() {
    if (const auto colour = cqlshrc_.truth("ui", "color"))
        result_.colour = colour;
    if (const auto terminal = cqlshrc_.truth("ui", "tty"))
        result_.terminal = terminal;
    take(result_.style.float_precision, cqlshrc_.number("ui", "float_precision", 1, 40));
    take(result_.style.double_precision, cqlshrc_.number("ui", "double_precision", 1, 40));
}

void options_reader::read_environment() {
    if (const auto name = environment("CQLSH_HOST")) {
        result_.host = *name;
        host_given_ = true;
    }
    if (const auto text = environment("CQLSH_PORT")) {
        const auto number = number_of<std::uint16_t>(*text);
        if (number && *number != 0)
            result_.port = *number;
        else
            refuse("CQLSH_PORT must be a number from 1 to 65535, not '" + *text + "'");
    }
    take(result_.history, environment("CQL_HISTORY"));
    take(result_.line_before_prompt, environment("CQLSH_PROMPT"));
    if (environment("SSL_VERSION"))
        note("SSL_VERSION has no effect: the version of TLS is agreed on with the server");
}

/// `host:9042` is left to the attempt: only then is it certain that no such host is there. The error
/// does not repeat what may be a password.
void options_reader::check_host() {
    if (const auto read = cocql::endpoint::parse(result_.host); !read)
        refuse(std::string(read.error().message()));
}

void options_reader::read_command_line() {
    take(result_.host, line_.host);
    host_given_ = host_given_ || line_.host;
    take(result_.port, line_.port);
    take(result_.keyspace, line_.keyspace);
    take(result_.execute, line_.execute);
    result_.has_execute = line_.execute.has_value();
    take(result_.file, line_.file);
    take(result_.connect_timeout, line_.connect_timeout);
    take(result_.request_timeout, line_.request_timeout);
    if (line_.protocol_version)
        result_.version = static_cast<cocql::protocol_version>(*line_.protocol_version);
    if (line_.compression && !line_.no_compression)
        result_.compression = *line_.compression == "lz4"      ? cocql::compression::lz4
                              : *line_.compression == "snappy" ? cocql::compression::snappy
                                                               : cocql::compression::none;
    if (line_.colour)
        result_.colour = line_.colour;
    if (line_.terminal)
        result_.terminal = true;
    if (line_.no_history)
        result_.keeps_history = false;
    if (line_.browser)
        note("--browser has no effect: HELP shows its text by itself");
    if (line_.coverage)
        note("--coverage has no effect");
    if (line_.driver_debug)
        note("--driver-debug has no effect: --debug shows the settings, TRACING what servers do");
}

/// cqlsh's names: certfile is the authority, usercert and userkey are ours; validate=false checks
/// nothing, check_hostname=false (cqlsh's default) the chain only. Here the name is checked unless
/// the file says no.
void options_reader::read_tls() {
    auto& tls = result_.tls_settings;
    // All is asked for, whatever overrides it, so that nothing wrong in it stays unseen.
    auto authority = cqlshrc_.text("ssl", "certfile");
    if (const auto of_host = cqlshrc_.text("certfiles", result_.host))
        authority = of_host;
    if (const auto path = environment("SSL_CERTFILE"))
        authority = path;
    if (line_.tls_ca)
        authority = line_.tls_ca;
    auto certificate = cqlshrc_.text("ssl", "usercert");
    auto key = cqlshrc_.text("ssl", "userkey");
    if (line_.tls_certificate)
        certificate = line_.tls_certificate;
    if (line_.tls_key)
        key = line_.tls_key;
    if (authority)
        tls.ca_file(expanded_path(*authority));
    if (certificate)
        tls.certificate_file(expanded_path(*certificate));
    if (key)
        tls.key_file(expanded_path(*key));
    auto validate = cqlshrc_.truth("ssl", "validate");
    auto check_hostname = cqlshrc_.truth("ssl", "check_hostname");
    if (const auto told = truth_in_environment("SSL_VALIDATE"))
        validate = told;
    if (const auto told = truth_in_environment("SSL_CHECK_HOSTNAME"))
        check_hostname = told;
    if (!validate.value_or(true) && check_hostname.value_or(false) && !line_.tls_verify)
        refuse(cqlshrc_.place_of("ssl", "check_hostname") + " must be false where validate is");
    if (!check_hostname.value_or(true))
        tls.verify(cocql::tls_verify::ca);
    if (!validate.value_or(true))
        tls.verify(cocql::tls_verify::none);
    if (line_.tls_verify)
        tls.verify(*line_.tls_verify == "full" ? cocql::tls_verify::full
                   : *line_.tls_verify == "ca" ? cocql::tls_verify::ca
                                               : cocql::tls_verify::none);
    if (line_.tls_key_password)
        tls.key_password(*line_.tls_key_password);
    if (line_.tls_server_name)
        tls.server_hostname(*line_.tls_server_name);
    result_.tls = result_.tls || line_.wants_tls();
    // Those of other hosts.
    cqlshrc_.entries().take_section("certfiles");
}

void options_reader::read_client_routes() {
    auto routes = line_.client_routes;
    if (const auto written = cqlshrc_.raw_text("client_routes", "proxies"); written)
        if (routes.empty())
            routes.push_back(*written);
    const auto shard_aware = cqlshrc_.truth("client_routes", "advanced_shard_awareness");
    if (line_.shard_aware_routes || shard_aware.value_or(false))
        note("advanced shard awareness of client routes has no effect");
    if (routes.empty())
        return;
    for (const auto& written : routes)
        for (std::size_t begin = 0; begin <= written.size() && !host_given_;) {
            const auto end = std::min(written.find_first_of("\n,", begin), written.size());
            const auto route = std::string_view(written).substr(begin, end - begin);
            const auto divider = std::min(route.find('='), route.size());
            if (const auto address = trimmed(route.substr(std::min(divider + 1, route.size())));
                !address.empty()) {
                result_.host = address;
                host_given_ = true;
            }
            begin = end + 1;
        }
    note("client routes are not followed; connecting to " + result_.endpoint().to_string() +
         " itself");
}

/// `3` is 3.0.0, as for cqlsh.
void options_reader::read_cql_version() {
    auto version = cqlshrc_.text("cql", "version");
    if (line_.cql_version)
        version = line_.cql_version;
    if (!version)
        return;
    auto full = *version;
    while (std::count(full.begin(), full.end(), '.') < 2)
        full += ".0";
    const auto major = number_of<unsigned>(std::string_view(full).substr(0, full.find('.')));
    const auto where =
        line_.cql_version ? std::string("--cqlversion") : cqlshrc_.place_of("cql", "version");
    if (!major || *major < 3)
        refuse(where + " must be a version of CQL from 3 on, such as 3.4.7, not '" + *version +
               "'");
    result_.cql_version = full;
}

void options_reader::read_encoding() {
    const auto is_utf8 = [](const std::string& name) {
        auto word = lower(name);
        std::erase_if(word, [](char c) { return c == '-' || c == '_' || c == ' '; });
        return word == "utf8" || word == "u8" || word == "utf";
    };
    const auto written = cqlshrc_.text("ui", "encoding");
    const auto& wanted = line_.encoding ? line_.encoding : written;
    if (wanted && !is_utf8(*wanted))
        note((line_.encoding ? std::string("--encoding ")
                             : cqlshrc_.place_of("ui", "encoding") + " = ") +
             *wanted + " has no effect: all input and output is UTF-8");
}

void options_reader::read_time_zone() {
    auto format = cqlshrc_.raw_text("ui", "time_format");
    if (!format)
        format = environment("CQLSH_DEFAULT_TIMESTAMP_FORMAT");
    bool local = false;
    const auto zone = environment("TZ");
    if (zone) {
        local = set_time_zone(*zone);
        if (!local)
            note("Warning: could not recognize timezone '" + *zone + "' from environment value TZ");
    }
    const auto written = cqlshrc_.text("ui", "timezone");
    if (written && !local) {
        local = set_time_zone(*written);
        if (!local)
            note("Warning: could not recognize timezone '" + *written + "' specified in cqlshrc");
    }
    result_.style.timestamps =
        timestamp_style(format.value_or(timestamp_style::usual_format), local);
}

void options_reader::read_login() {
    // Beside the settings file that was asked for; not beside the old one, which cqlsh moves.
    const auto folder = line_.cqlshrc
                            ? std::filesystem::path(cqlshrc_.path()).parent_path().string()
                            : expanded_path("~/.cassandra");
    const login_reader found(line_, cqlshrc_, folder);
    result_.user = found.user();
    result_.secret = found.secret().value_or("");
    result_.secret_given = found.secret().has_value();
    notes_.insert(notes_.end(), found.notes().begin(), found.notes().end());
    credentials_ = place_of(found.credentials());
    if (found.failure())
        refuse(std::string(found.failure()->message()));
}

std::vector<std::string> options_reader::described() const {
    return {std::string("Using CQL driver: cocql ") + cocql::version,
            "Using settings file: " + place_of(cqlshrc_),
            "Using credentials file: " + credentials_,
            "Using host: " + result_.endpoint().to_string(),
            "Using connect timeout: " + short_decimal(result_.connect_timeout) + " seconds",
            "Using request timeout: " + short_decimal(result_.request_timeout) + " seconds",
            "Using 'utf-8' encoding",
            std::string("Using ssl: ") + (result_.tls ? "True" : "False"),
            "Using compression: " + std::string(to_string(result_.compression))};
}

} // namespace cocqlsh
