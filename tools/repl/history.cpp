#include "history.hpp"

#include "statement_splitter.hpp"
#include "text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace cocqlsh {

namespace {

/// What a line break inside of an entry is in the file.
constexpr char line_break_in_file = 1;

/// LOGIN as a command: at the beginning, or where a statement may have ended or a `;` was
/// forgotten. `LOGIN = true`, on a line of its own, is part of CREATE ROLE.
bool has_login(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find_first_of("\n;", begin), text.size());
        const auto words = words_of(text.substr(begin, end - begin));
        if (!words.empty() && upper(std::string_view(words[0]).substr(0, 5)) == "LOGIN" &&
            (words[0].size() == 5 || words[0][5] == '\'' || words[0][5] == '"') &&
            !(words.size() > 1 && words[1].starts_with('=')))
            return true;
        begin = end + 1;
    }
    return false;
}

/// Words of a statement whose comments are blanks, in capitals.
bool tells_password(std::string_view statement) {
    const auto text = upper(statement);
    if (text.find("PASSWORD") != text.npos)
        return true;
    // ScyllaDB's SALTED HASH = '…'.
    const auto words = words_of(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (words[i] == "SALTED" && words[i + 1].starts_with("HASH"))
            return true;
    return false;
}

} // namespace

history::history(std::string path, bool keeps) : path_(std::move(path)), keeps_(keeps) {
    const auto text = file_text(path_);
    if (!text)
        return;
    for (std::size_t begin = 0; begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        if (end > begin) {
            auto& entry = entries_.emplace_back(text->substr(begin, end - begin));
            std::replace(entry.begin(), entry.end(), line_break_in_file, '\n');
        }
        begin = end + 1;
    }
    if (entries_.size() > longest)
        entries_.erase(entries_.begin(), entries_.end() - static_cast<std::ptrdiff_t>(longest));
}

bool history::is_secret(std::string_view statements) {
    // As typed, for what is in comments, and without them, for what they stand between.
    if (has_login(statements) || tells_password(statements))
        return true;
    statement_splitter splitter;
    splitter.feed(statements);
    static_cast<void>(splitter.finish());
    while (const auto each = splitter.next())
        if (has_login(each->text) || tells_password(each->text))
            return true;
    return false;
}

bool history::add(std::string_view text) {
    std::string entry(trimmed(text));
    if (entry.empty() || (!entries_.empty() && entries_.back() == entry))
        return true;
    entries_.push_back(entry);
    if (!keeps_ || is_secret(entry))
        return true;
    std::error_code ignored; // the open below says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    std::replace(entry.begin(), entry.end(), '\n', line_break_in_file);
    entry += '\n';
    const bool written =
        ::write(file, entry.data(), entry.size()) == static_cast<ssize_t>(entry.size());
    ::close(file);
    return written;
}

std::size_t history::search(std::string_view text, std::size_t below) const noexcept {
    for (auto i = std::min(below, entries_.size()); i-- > 0;)
        if (entries_[i].find(text) != std::string::npos)
            return i;
    return npos;
}

} // namespace cocqlsh
