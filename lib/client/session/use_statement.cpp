#include "client/session/use_statement.hpp"

#include <cocql/marker_counter.hpp>

#include <cstddef>

namespace cocql::client {

namespace {

bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t skip_what_says_nothing(std::string_view cql) noexcept {
    std::size_t at = 0;
    while (at < cql.size()) {
        if (is_blank(cql[at])) {
            ++at;
            continue;
        }
        const bool comment = cql[at] == '-' || cql[at] == '/';
        const auto after = comment ? detail::skip_quoted(cql, at) : at;
        if (after == at)
            break;
        at = after;
    }
    return at;
}

} // namespace

bool is_use_statement(std::string_view cql) noexcept {
    const auto word = cql.substr(skip_what_says_nothing(cql));
    if (word.size() < 4)
        return false;
    for (std::size_t i = 0; i < 3; ++i)
        if ((word[i] | 0x20) != "use"[i])
            return false;
    const auto next = word[3];
    return is_blank(next) || next == '"' || next == '/' || next == '-';
}

} // namespace cocql::client
