#include "history.hpp"

#include "text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace cocqlsh {

history::history(std::string path) : path_(std::move(path)) {
    const auto text = file_text(path_);
    if (!text)
        return;
    for (std::size_t begin = 0; begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        if (end > begin)
            entries_.push_back(text->substr(begin, end - begin));
        begin = end + 1;
    }
    if (entries_.size() > longest)
        entries_.erase(entries_.begin(), entries_.end() - static_cast<std::ptrdiff_t>(longest));
}

bool history::is_secret(std::string_view statement) {
    const auto words = upper(statement);
    return words.find("PASSWORD") != words.npos || trimmed(words).starts_with("LOGIN");
}

bool history::add(std::string_view entry) {
    std::string line(trimmed(entry));
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.empty() || (!entries_.empty() && entries_.back() == line))
        return true;
    entries_.push_back(line);
    if (is_secret(line))
        return true;
    std::error_code ignored; // the open below says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    line += '\n';
    const bool written =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
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
