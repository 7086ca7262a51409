#include "text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace cocqlsh {

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    for (const char c : text) {
        if (quote != 0) {
            word += c;
            if (c == quote)
                quote = 0;
        } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            if (!word.empty())
                words.push_back(std::exchange(word, std::string()));
        } else {
            if (c == '\'' || c == '"')
                quote = c;
            word += c;
        }
    }
    if (!word.empty())
        words.push_back(std::move(word));
    return words;
}

std::string unquoted(std::string_view word) {
    if (word.size() < 2 || (word.front() != '\'' && word.front() != '"') ||
        word.back() != word.front())
        return std::string(word);
    const char quote = word.front();
    std::string out;
    for (std::size_t i = 1; i + 1 < word.size(); ++i) {
        out += word[i];
        if (word[i] == quote && word[i + 1] == quote && i + 2 < word.size())
            ++i;
    }
    return out;
}

std::string text_literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text)
        out.append(c == '\'' ? 2 : 1, c);
    return out + "'";
}

std::string short_decimal(double number) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%g", number);
    return digits;
}

std::size_t display_width(std::string_view text) noexcept {
    std::size_t width = 0;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        if (*at >= 0x20 && *at < 0x7f) { // nearly all of them
            ++width;
            ++at;
            --left;
            continue;
        }
        utf8proc_int32_t point = 0;
        auto taken = utf8proc_iterate(at, left, &point);
        if (taken <= 0) {
            taken = 1; // not UTF-8: the terminal shows one mark
            ++width;
        } else {
            width += static_cast<std::size_t>(std::max(utf8proc_charwidth(point), 0));
        }
        at += taken;
        left -= taken;
    }
    return width;
}

std::optional<std::string> file_text(const std::string& path) {
    // Not a stream: that takes a directory for an empty file.
    std::FILE* const file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr)
        return std::nullopt;
    std::string text;
    std::array<char, 65536> block;
    while (const auto count = std::fread(block.data(), 1, block.size(), file))
        text.append(block.data(), count);
    const int failed = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    if (failed == 0)
        return text;
    errno = failed;
    return std::nullopt;
}

std::string expanded_path(std::string_view path) {
    if (path.starts_with("~/"))
        if (const char* home = std::getenv("HOME"); home != nullptr)
            return home + std::string(path.substr(1));
    return std::string(path);
}

} // namespace cocqlsh
