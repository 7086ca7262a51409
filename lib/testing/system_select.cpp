#include "testing/system_select.hpp"

#include <algorithm>

namespace cocql::testing {

namespace {

bool is_of_a_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '"';
}

/// Names, texts in quotes and single other characters, one after the other.
class cql_words {
  public:
    explicit cql_words(std::string_view cql) noexcept : rest_(cql) { skip(); }

    bool at_end() const noexcept { return rest_.empty(); }
    /// Takes this word, in whatever case, if it is the next one.
    bool take(std::string_view word) {
        const auto next = front();
        const bool same = std::ranges::equal(next, word, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        });
        if (same)
            drop(next.size());
        return same;
    }
    /// Empty: the next one is no name.
    std::string take_name() {
        std::string name(front());
        if (name.empty() || !is_of_a_name(name.front()))
            return {};
        drop(name.size());
        std::erase(name, '"');
        return name;
    }
    std::optional<std::string> take_text() {
        if (rest_.empty() || rest_.front() != '\'')
            return std::nullopt;
        std::string text;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] != '\'') {
                text += rest_[i];
            } else if (i + 1 < rest_.size() && rest_[i + 1] == '\'') {
                text += rest_[i++];
            } else {
                drop(i + 1);
                return text;
            }
        }
        return std::nullopt;
    }

  private:
    std::string_view front() const noexcept {
        if (rest_.empty() || !is_of_a_name(rest_.front()))
            return rest_.substr(0, 1);
        return rest_.substr(0, static_cast<std::size_t>(
                                   std::ranges::find_if_not(rest_, is_of_a_name) - rest_.begin()));
    }
    void drop(std::size_t characters) noexcept {
        rest_.remove_prefix(characters);
        skip();
    }
    void skip() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    std::string_view rest_;
};

bool read_columns(cql_words& words, std::vector<std::string>& columns) {
    if (words.take("*"))
        return true;
    do
        if (columns.push_back(words.take_name()); columns.back().empty())
            return false;
    while (words.take(","));
    return true;
}

bool read_conditions(cql_words& words, std::vector<system_select::condition>& conditions) {
    do {
        system_select::condition one;
        one.column = words.take_name();
        if (one.column.empty() || !words.take("="))
            return false;
        one.text = words.take_text();
        if (!one.text && !words.take("?"))
            return false;
        conditions.push_back(std::move(one));
    } while (words.take("and"));
    return true;
}

} // namespace

std::optional<system_select> system_select::parse(std::string_view cql) {
    cql_words words(cql);
    system_select read;
    if (!words.take("select") || !read_columns(words, read.columns) || !words.take("from"))
        return std::nullopt;
    read.table = words.take_name();
    if (read.table.empty())
        return std::nullopt;
    if (words.take("where") && !read_conditions(words, read.conditions))
        return std::nullopt;
    return read;
}

} // namespace cocql::testing
