#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cocql::detail {

/// Where a comment, a quoted text or name, or a $$text$$ that begins at `at` ends; `at` itself when
/// none begins there. One that is not closed ends with the statement.
constexpr std::size_t skip_quoted(std::string_view cql, std::size_t at) noexcept {
    const auto begins = [&](std::string_view what) { return cql.substr(at, what.size()) == what; };
    const auto after = [&](std::string_view end, std::size_t from) {
        const auto found = cql.find(end, from);
        return found == std::string_view::npos ? cql.size() : found + end.size();
    };
    switch (cql[at]) {
    case '\'':
    case '"':
        return after(cql.substr(at, 1), at + 1); // a doubled quote is the end and a new beginning
    case '$':
        return begins("$$") ? after("$$", at + 2) : at;
    case '-':
    case '/': {
        if (begins("/*"))
            return after("*/", at + 2);
        if (!begins("--") && !begins("//"))
            return at;
        const auto end = cql.find_first_of("\n\r", at);
        return end == std::string_view::npos ? cql.size() : end + 1;
    }
    default:
        return at;
    }
}

/// Counts a statement's markers, `?` and `:name`, as the tokens of CQL are, which the grammars of
/// Cassandra and ScyllaDB have in common.
///
/// A colon before a name is a marker, but in a map's or a user-defined type's literal, between
/// braces, it may divide a key from its value. There it does so after the end of a term, and is a
/// marker where a term begins. After a closing parenthesis it may be either: `{(int):id}` is a set
/// of one marker, `{(1, 2):id}` a map without one. What is not certain is counted apart.
class marker_counter {
  public:
    explicit constexpr marker_counter(std::string_view cql) noexcept : cql_(cql) {
        while (at_ < cql_.size())
            take();
    }

    /// Those that are markers for certain, and those that may be.
    constexpr std::size_t least() const noexcept { return least_; }
    constexpr std::size_t most() const noexcept { return most_; }

  private:
    /// What stands before: the end of a term, a closing parenthesis, or what a term may follow.
    enum class before { operation, term, parenthesis };

    static constexpr std::size_t deepest = 64;

    static constexpr bool is_blank(char letter) noexcept {
        return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
    }
    static constexpr bool begins_name(char letter) noexcept {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               letter == '_' || letter == '"';
    }
    static constexpr bool is_in_word(char letter) noexcept {
        return begins_name(letter)
                   ? letter != '"'
                   : (letter >= '0' && letter <= '9') || static_cast<unsigned char>(letter) >= 0x80;
    }
    constexpr bool is_comment(std::size_t at) const noexcept {
        return cql_[at] == '-' || cql_[at] == '/';
    }

    constexpr void take() noexcept {
        const char letter = cql_[at_];
        if (const auto after = skip_quoted(cql_, at_); after != at_) {
            if (!is_comment(at_))
                before_ = before::term;
            at_ = after;
            return;
        }
        ++at_;
        if (is_blank(letter) || letter == '.') // one may end a number
            return;
        if (letter == ':')
            return take_colon();
        if (letter == '?') {
            ++least_;
            ++most_;
            before_ = before::term;
        } else if (is_in_word(letter)) {
            while (at_ < cql_.size() && is_in_word(cql_[at_]))
                ++at_;
            before_ = before::term;
        } else if (letter == '{' || letter == '[' || letter == '(') {
            open(letter == '{');
        } else if (letter == '}' || letter == ']' || letter == ')') {
            close(letter == '}');
            before_ = letter == ')' ? before::parenthesis : before::term;
        } else if (letter == ';') { // of a batch
            depth_ = 0;
            is_lost_ = false;
            before_ = before::operation;
        } else {
            before_ = before::operation;
        }
    }
    constexpr void take_colon() noexcept {
        const auto follows = std::exchange(before_, before::operation);
        // A name may follow after blanks and comments. Nothing else makes a marker: not the
        // digits of the duration P0001-02-03T04:05:06, not the second colon of {'key'::marker}.
        auto name = at_;
        while (name < cql_.size()) {
            if (is_blank(cql_[name]))
                ++name;
            else if (const auto after = skip_quoted(cql_, name); is_comment(name) && after != name)
                name = after;
            else
                break;
        }
        if (name == cql_.size() || !begins_name(cql_[name]))
            return;
        const bool divides = is_in_braces() && follows == before::term;
        const bool is_certain = !is_lost_ && !(is_in_braces() && follows == before::parenthesis);
        if (!is_certain || !divides)
            ++most_;
        if (is_certain && !divides)
            ++least_;
    }

    constexpr bool is_in_braces() const noexcept { return depth_ != 0 && (braces_ & 1) != 0; }
    constexpr void open(bool brace) noexcept {
        braces_ = braces_ << 1 | static_cast<std::uint64_t>(brace);
        is_lost_ = is_lost_ || ++depth_ > deepest;
        before_ = before::operation;
    }
    constexpr void close(bool brace) noexcept {
        if (depth_ == 0 || is_in_braces() != brace) {
            is_lost_ = true; // the server will say what is wrong with it
            return;
        }
        braces_ >>= 1;
        --depth_;
    }

    std::string_view cql_;
    std::size_t at_ = 0;
    std::size_t least_ = 0;
    std::size_t most_ = 0;
    before before_ = before::operation;
    std::uint64_t braces_ = 0; ///< one bit for each bracket that is open, the innermost the lowest
    std::size_t depth_ = 0;
    bool is_lost_ = false; ///< brackets do not match, or are too many
};

/// Those that are markers for certain.
constexpr std::size_t count_markers(std::string_view cql) noexcept {
    return marker_counter(cql).least();
}

} // namespace cocql::detail
