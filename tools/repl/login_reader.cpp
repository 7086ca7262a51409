#include "login_reader.hpp"

#include "text.hpp"
#include "without_effect.hpp"

#include <filesystem>

namespace cocqlsh {

login_reader::login_reader(const command_line& line, settings_file& cqlshrc,
                           const std::string& folder)
    : line_(line), cqlshrc_(cqlshrc) {
    open_credentials(folder);
    const login plain{credentials_.text("plain_text_auth", "username"),
                      credentials_.raw_text("plain_text_auth", "password")};
    const login authentication{cqlshrc_.text("authentication", "username"),
                               cqlshrc_.raw_text("authentication", "password")};
    const login of_class{credentials_.raw_text("PlainTextAuthProvider", "username"),
                         credentials_.raw_text("PlainTextAuthProvider", "password")};
    const auto provider = of_auth_provider();
    choose({plain, authentication, of_class, provider});
    warn({authentication, provider});
    for (const auto& each : notes_of_unread(credentials_))
        notes_.push_back(each);
    failure_ = credentials_.failure();
}

void login_reader::open_credentials(const std::string& folder) {
    const auto written = cqlshrc_.text("authentication", "credentials");
    auto path = (std::filesystem::path(folder) / "credentials").string();
    if (written)
        path = expanded_path(*written);
    if (line_.credentials)
        path = expanded_path(*line_.credentials);
    if (is_private(path)) {
        credentials_ = settings_file::read(path, line_.credentials.has_value());
        if (written && !line_.credentials && !credentials_.exists() && !credentials_.failure())
            notes_.push_back(cqlshrc_.place_of("authentication", "credentials") + ": '" + path +
                             "' is not there");
        return;
    }
    notes_.push_back(
        "Warning: Credentials file '" + path +
        "' exists but is not used, because:\n"
        "  a. the file owner is not the current user; or\n"
        "  b. the file is readable by group or other.\n"
        "Please ensure the file is owned by the current user and is not readable by group or "
        "other:\n  chmod 600 " +
        path);
}

/// cqlsh loads a class of Python's by its name; the one that it takes when there is no name is what
/// is built in here.
login_reader::login login_reader::of_auth_provider() {
    const auto module = cqlshrc_.text("auth_provider", "module");
    const auto name = cqlshrc_.text("auth_provider", "classname");
    if (module.has_value() != name.has_value())
        cqlshrc_.refuse("auth_provider", module ? "module" : "classname",
                        "written together with " + std::string(module ? "classname" : "module"));
    else if (module && *module != "cassandra.auth")
        cqlshrc_.refuse("auth_provider", "module", "cassandra.auth, the only one known here");
    else if (name && *name != "PlainTextAuthProvider")
        cqlshrc_.refuse("auth_provider", "classname",
                        "PlainTextAuthProvider, the only one known here");
    return {cqlshrc_.text("auth_provider", "username"), cqlshrc_.text("auth_provider", "password")};
}

void login_reader::choose(const std::vector<login>& places) {
    user_ = line_.user.value_or("");
    for (const auto& place : places)
        if (user_.empty())
            user_ = place.user.value_or("");
    secret_ = line_.secret;
    for (const auto& place : places)
        if (!secret_ && place.user.value_or(user_) == user_)
            secret_ = place.secret;
}

void login_reader::warn(const std::vector<login>& in_cqlshrc) {
    for (const auto& place : in_cqlshrc)
        if (place.secret && !is_private(cqlshrc_.path())) {
            notes_.push_back("Warning: Password is found in an insecure cqlshrc file. The file is "
                             "owned or readable by other users on the system: " +
                             cqlshrc_.path());
            break;
        }
    if (!line_.secret.value_or("").empty() && !line_.secret_without_warning)
        notes_.push_back("Warning: Using a password on the command line interface can be "
                         "insecure.\nRecommendation: use the credentials file to securely provide "
                         "the password.");
}

} // namespace cocqlsh
