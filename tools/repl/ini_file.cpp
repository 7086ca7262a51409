#include "ini_file.hpp"

#include "text.hpp"

#include <cerrno>
#include <cstring>

namespace cocqlsh {

namespace {

cocql::error bad_line(std::size_t number, std::string_view content, bool before_sections) {
    return cocql::error(cocql::errc::bad_configuration,
                        ":" + std::to_string(number) + ": '" + std::string(content) +
                            (before_sections ? "' stands before the first [section]"
                                             : "' is not a setting: write name = value"));
}

} // namespace

cocql::result<ini_file> ini_file::parse(std::string_view text) {
    ini_file file;
    std::map<std::string, std::string>* section = nullptr;
    std::string* last = nullptr;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = text.find('\n', begin);
        if (end == text.npos)
            end = text.size();
        const auto line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
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
            return bad_line(number, content, section == nullptr);
        last = &(*section)[lower(trimmed(content.substr(0, divider)))];
        *last = trimmed(content.substr(divider + 1));
    }
    return file;
}

cocql::result<ini_file> ini_file::read(const std::string& path, bool must_exist) {
    const auto text = file_text(path);
    if (!text) {
        if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
            return ini_file();
        return cocql::error(cocql::errc::bad_configuration,
                            "cannot read '" + path + "': " + std::strerror(errno));
    }
    auto file = parse(*text);
    if (!file)
        return cocql::error(cocql::errc::bad_configuration,
                            path + std::string(file.error().message()));
    return file;
}

std::optional<std::string> ini_file::get(std::string_view section, std::string_view key) const {
    const auto found = sections_.find(std::string(section));
    if (found == sections_.end())
        return std::nullopt;
    const auto entry = found->second.find(std::string(key));
    return entry == found->second.end() ? std::nullopt : std::optional(entry->second);
}

cocql::result<std::optional<bool>> ini_file::get_bool(std::string_view section,
                                                      std::string_view key) const {
    const auto text = get(section, key);
    if (!text)
        return std::optional<bool>();
    const auto word = lower(*text);
    if (word == "1" || word == "yes" || word == "true" || word == "on")
        return std::optional<bool>(true);
    if (word == "0" || word == "no" || word == "false" || word == "off")
        return std::optional<bool>(false);
    return cocql::error(cocql::errc::bad_configuration,
                        "[" + std::string(section) + "] " + std::string(key) +
                            " must be true or false, not '" + *text + "'");
}

} // namespace cocqlsh
