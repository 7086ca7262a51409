#pragma once

#include <cocql/bound_statement.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace cocql {

namespace detail {

/// Where a comment, a quoted text or name, or a $$text$$ that begins at `at` ends; `at` itself when
/// none begins there.
constexpr std::size_t skip_quoted(std::string_view cql, std::size_t at) noexcept {
    const auto begins = [&](std::string_view what) { return cql.substr(at, what.size()) == what; };
    const auto after = [&](std::string_view end, std::size_t from) {
        const auto found = cql.find(end, from);
        return found == std::string_view::npos ? cql.size() : found + end.size();
    };
    if (begins("'") || begins("\""))
        return after(cql.substr(at, 1), at + 1); // a doubled quote is the end and a new beginning
    if (begins("$$"))
        return after("$$", at + 2);
    if (begins("--") || begins("//"))
        return after("\n", at);
    if (begins("/*"))
        return after("*/", at + 2);
    return at;
}

constexpr bool begins_name(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
           letter == '"';
}

/// The number of markers, `?` and `:name`, outside of quotes and comments.
constexpr std::size_t count_markers(std::string_view cql) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < cql.size(); ++at) {
        const auto after = skip_quoted(cql, at);
        if (after != at) {
            at = after - 1;
            continue;
        }
        if (cql[at] == '?')
            ++count;
        // After a name or a quote a colon belongs to a map or a user-defined type's literal.
        const bool after_space = at == 0 || cql[at - 1] == ' ' || cql[at - 1] == '(' ||
                                 cql[at - 1] == ',' || cql[at - 1] == '=' || cql[at - 1] == '[' ||
                                 cql[at - 1] == '<' || cql[at - 1] == '>' || cql[at - 1] == '\n' ||
                                 cql[at - 1] == '\t';
        if (cql[at] == ':' && after_space && at + 1 < cql.size() && begins_name(cql[at + 1]))
            ++count;
    }
    return count;
}

/// An argument as a coroutine keeps it: a copy, or for a literal its address. Those by name keep
/// what they refer to as well.
template <class T>
std::decay_t<const T> keep(const T& item) {
    return item;
}

/// Never defined: calling it is what makes a wrong statement fail to compile.
void the_statement_has_another_number_of_markers_than_there_are_arguments();

} // namespace detail

/// A statement written as a literal, whose number of markers was compared with the number of
/// arguments by the compiler. With arguments by name the server's answer decides.
template <class... Arguments>
class statement_text {
  public:
    template <std::size_t Size>
    consteval statement_text(const char (&cql)[Size]) : cql_(cql, Size - 1) {
        constexpr bool by_name = (detail::is_by_name<Arguments>::value || ... || false);
        if (!by_name && detail::count_markers(cql_) != sizeof...(Arguments))
            detail::the_statement_has_another_number_of_markers_than_there_are_arguments();
    }
    std::string str() const { return std::string(cql_); }

  private:
    std::string_view cql_;
};

} // namespace cocql
