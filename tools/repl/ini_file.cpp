#include "ini_file.hpp"

#include "text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace cocqlsh {

ini_file ini_file::parse(std::string_view text) {
    ini_file file;
    std::map<std::string, std::string>* section = nullptr;
    std::string* last = nullptr;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = text.find('\n', begin);
        if (end == text.npos)
            end = text.size();
        const auto line = text.substr(begin, end - begin);
        begin = end + 1;
        const auto content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';')
            continue;
        if (last != nullptr && (line.front() == ' ' || line.front() == '\t')) {
            last->append("\n").append(content);
            continue;
        }
        if (content.front() == '[' && content.back() == ']') {
            section = &file.sections_[std::string(content.substr(1, content.size() - 2))];
            last = nullptr;
            continue;
        }
        const auto divider = content.find_first_of("=:");
        if (section == nullptr || divider == content.npos)
            continue;
        last = &(*section)[lower(trimmed(content.substr(0, divider)))];
        *last = trimmed(content.substr(divider + 1));
    }
    return file;
}

cocql::result<ini_file> ini_file::read(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        if (errno == ENOENT || errno == ENOTDIR)
            return ini_file();
        return cocql::error(cocql::errc::bad_configuration,
                            "cannot read '" + path + "': " + std::strerror(errno));
    }
    std::ostringstream text;
    text << in.rdbuf();
    return parse(text.str());
}

std::optional<std::string> ini_file::get(std::string_view section, std::string_view key) const {
    const auto found = sections_.find(std::string(section));
    if (found == sections_.end())
        return std::nullopt;
    const auto entry = found->second.find(std::string(key));
    return entry == found->second.end() ? std::nullopt : std::optional(entry->second);
}

std::optional<bool> ini_file::get_bool(std::string_view section, std::string_view key) const {
    const auto text = get(section, key);
    if (!text)
        return std::nullopt;
    const auto word = lower(*text);
    if (word == "1" || word == "yes" || word == "true" || word == "on")
        return true;
    if (word == "0" || word == "no" || word == "false" || word == "off")
        return false;
    return std::nullopt;
}

} // namespace cocqlsh
