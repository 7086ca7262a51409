#pragma once

#include "command_line.hpp"
#include "settings_file.hpp"

#include <cocql/error.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cocqlsh {

/// Finds who logs in, where cqlsh looks: the command line, the file of credentials, cqlshrc. A
/// password that stands beside another user's name is not taken.
class login_reader {
  public:
    /// Line and file are borrowed. `folder` is where the file of credentials is unless something
    /// else is said.
    login_reader(const command_line& line, settings_file& cqlshrc, const std::string& folder);

    /// Empty: nobody.
    const std::string& user() const noexcept { return user_; }
    /// Nothing: it has to be asked for.
    const std::optional<std::string>& secret() const noexcept { return secret_; }
    const settings_file& credentials() const noexcept { return credentials_; }
    const std::vector<std::string>& notes() const noexcept { return notes_; }
    const std::optional<cocql::error>& failure() const noexcept { return failure_; }

  private:
    /// What one place says.
    struct login {
        std::optional<std::string> user;
        std::optional<std::string> secret;
    };

    void open_credentials(const std::string& folder);
    login of_auth_provider();
    void choose(const std::vector<login>& places);
    void warn(const std::vector<login>& in_cqlshrc);

    const command_line& line_;
    settings_file& cqlshrc_;
    settings_file credentials_;
    std::string user_;
    std::optional<std::string> secret_;
    std::vector<std::string> notes_;
    std::optional<cocql::error> failure_;
};

} // namespace cocqlsh
