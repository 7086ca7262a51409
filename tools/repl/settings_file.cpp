#include "settings_file.hpp"

#include "number_text.hpp"
#include "text.hpp"
#include "text_decoder.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

settings_file settings_file::read(std::string path, bool must_exist) {
    settings_file file;
    file.path_ = std::move(path);
    const auto content = file_text(file.path_);
    if (!content) {
        if (must_exist || (errno != ENOENT && errno != ENOTDIR))
            file.failure_ =
                cocql::error(cocql::errc::bad_configuration,
                             "cannot read '" + file.path_ + "': " + std::strerror(errno));
        return file;
    }
    file.exists_ = true;
    auto parsed = ini_file::parse(decoded(*content));
    if (parsed)
        file.entries_ = std::move(*parsed);
    else
        file.fail(parsed.error());
    return file;
}

void settings_file::fail(const cocql::error& failure) {
    if (!failure_)
        failure_ =
            cocql::error(cocql::errc::bad_configuration, path_ + std::string(failure.message()));
}

void settings_file::refuse(std::string_view section, std::string_view name,
                           std::string_view must_be) {
    fail(entries_.bad_entry(section, name, must_be));
}

std::optional<std::string> settings_file::text(std::string_view section, std::string_view name) {
    auto found = entries_.get(section, name);
    if (!found) {
        fail(found.error());
        return std::nullopt;
    }
    return *found && !(*found)->empty() ? std::move(*found) : std::nullopt;
}

std::optional<std::string> settings_file::raw_text(std::string_view section,
                                                   std::string_view name) {
    auto found = entries_.get_raw(section, name);
    return found && !found->empty() ? found : std::nullopt;
}

std::optional<bool> settings_file::truth(std::string_view section, std::string_view name) {
    const auto found = entries_.get_bool(section, name);
    if (found)
        return *found;
    fail(found.error());
    return std::nullopt;
}

std::optional<double> settings_file::seconds(std::string_view section, std::string_view name) {
    const auto found = text(section, name);
    if (!found)
        return std::nullopt;
    const auto number = number_of<double>(*found);
    if (number && std::isfinite(*number))
        return number;
    refuse(section, name, "a number of seconds");
    return std::nullopt;
}

std::optional<int> settings_file::number(std::string_view section, std::string_view name, int least,
                                         int most) {
    const auto found = text(section, name);
    if (!found)
        return std::nullopt;
    const auto number = number_of<int>(*found);
    if (number && *number >= least && *number <= most)
        return number;
    refuse(section, name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

std::string settings_file::place_of(const ini_file::entry& entry) const {
    const bool may_be_secret = lower(entry.section).find("auth") != std::string::npos;
    return path_ + ":" + std::to_string(entry.line) + ": [" + entry.section + "] " +
           (may_be_secret ? std::string("an entry") : entry.name);
}

std::string settings_file::place_of(std::string_view section, std::string_view name) const {
    return path_ + ":" + std::to_string(entries_.line_of(section, name)) + ": [" +
           std::string(section) + "] " + std::string(name);
}

bool is_private(const std::string& path) noexcept {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0)
        return true; // what is not there holds no secret
    const auto user = ::getuid();
    return (user == 0 || found.st_uid == user) && (found.st_mode & (S_IRGRP | S_IROTH)) == 0;
}

} // namespace cocqlsh
