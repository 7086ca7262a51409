#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cocqlsh {

/// What the command line says; nothing where it is silent.
class command_line {
  public:
    std::optional<std::string> host;
    std::optional<std::uint16_t> port;
    std::optional<std::string> user;
    std::optional<std::string> secret;
    std::optional<std::string> keyspace;
    std::optional<std::string> execute;
    std::optional<std::string> file;
    std::optional<std::string> cqlshrc;
    std::optional<std::string> credentials;
    std::optional<std::string> cql_version;
    std::optional<std::string> encoding;
    std::optional<std::string> browser;
    std::optional<double> connect_timeout;
    std::optional<double> request_timeout;
    std::optional<int> protocol_version;
    std::optional<std::string> compression;
    bool no_compression = false;
    std::optional<bool> colour;
    bool ssl = false;
    bool terminal = false;
    bool debug = false;
    bool driver_debug = false;
    bool coverage = false;
    bool no_history = false;
    bool secret_without_warning = false;
    std::vector<std::string> client_routes;
    bool shard_aware_routes = false;

    std::optional<std::string> tls_ca;
    std::optional<std::string> tls_certificate;
    std::optional<std::string> tls_key;
    std::optional<std::string> tls_key_password;
    std::optional<std::string> tls_server_name;
    std::optional<std::string> tls_verify;

    /// When the program is to end at once (--help, --version, a mistake), `exit_code` is set and
    /// the text has been printed. Passwords are overwritten in `words`, so that other users of the
    /// machine do not see them among its processes.
    static command_line parse(int count, char** words, std::optional<int>& exit_code);

    bool wants_tls() const noexcept {
        return ssl || tls_ca || tls_certificate || tls_key || tls_key_password || tls_server_name ||
               tls_verify;
    }
};

} // namespace cocqlsh
