#pragma once

#include "value_style.hpp"

#include <cocql/connection_options.hpp>
#include <cocql/endpoint.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace cocqlsh {

/// What the command line, the environment, cqlshrc and the file of credentials say together; the
/// command line wins, then the environment.
class options {
  public:
    std::string host = "127.0.0.1";
    std::uint16_t port = 9042;
    std::string user;
    std::string secret;
    bool secret_given = false;
    std::string keyspace;
    std::string execute; ///< -e
    bool has_execute = false;
    std::string file; ///< -f
    bool tls = false;
    cocql::tls_options tls_settings;
    std::string history = "~/.cassandra/cocqlsh_history";
    bool keeps_history = true;
    double connect_timeout = 5;
    double request_timeout = 10;
    std::optional<cocql::protocol_version> version; ///< nothing: what the library finds
    std::string cql_version;                        ///< empty: whatever the server speaks
    cocql::compression compression = cocql::compression::none;
    std::optional<bool> colour;     ///< nothing: as the terminal is
    std::optional<bool> terminal;   ///< whether to behave as on one; nothing: if it is one
    std::string line_before_prompt; ///< CQLSH_PROMPT; empty: none
    value_style style;
    /// How long a trace is waited for that the server has not finished writing.
    std::chrono::milliseconds trace_patience = std::chrono::seconds(10);

    /// What a connection needs. The keyspace is left to USE, so that its error is a statement's.
    cocql::connection_options connection() const;
    cocql::endpoint endpoint() const { return {host, port}; }

    /// Reads everything. When the program is to end at once (--help, --version, a mistake),
    /// `exit_code` is set and the text has been printed.
    static options parse(int count, char** arguments, std::optional<int>& exit_code);
};

} // namespace cocqlsh
