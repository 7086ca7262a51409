#pragma once

#include "command_line.hpp"
#include "options.hpp"
#include "settings_file.hpp"

#include <cocql/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// Puts the options together, from all the places where cqlsh looks for them. Nothing that cqlsh
/// knows is passed over in silence: it has its effect, or it is refused, or a note says that it has
/// none.
class options_reader {
  public:
    /// Both are borrowed.
    options_reader(const command_line& line, options& result) noexcept
        : line_(line), result_(result) {}

    /// The first thing that cannot be used, if there is one; then the options are not complete.
    std::optional<cocql::error> read();
    /// What to tell the user before anything else: what has no effect, and what is unsafe.
    const std::vector<std::string>& notes() const noexcept { return notes_; }
    /// What --debug shows.
    std::vector<std::string> described() const;

  private:
    void open_cqlshrc();
    void read_connection();
    void read_ui();
    void read_environment();
    void read_command_line();
    void check_host();
    void read_client_routes();
    void read_tls();
    void read_cql_version();
    void read_encoding();
    void read_time_zone();
    void read_login();

    void note(std::string text) { notes_.push_back(std::move(text)); }
    void refuse(const std::string& what);

    const command_line& line_;
    options& result_;
    settings_file cqlshrc_;
    std::string credentials_; ///< for described()
    bool host_given_ = false;
    std::vector<std::string> notes_;
    std::optional<cocql::error> failure_;
};

} // namespace cocqlsh
