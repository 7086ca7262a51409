#include "core/message/use_statement.hpp"

#include <cocql/marker_counter.hpp>

#include <cstddef>

namespace cocql::message {

namespace {

constexpr std::size_t length_of_word = 3;

bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view without_what_says_nothing(std::string_view cql) noexcept {
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
    return cql.substr(at);
}

bool begins_with_use(std::string_view cql) noexcept {
    if (cql.size() <= length_of_word)
        return false;
    for (std::size_t i = 0; i < length_of_word; ++i)
        if ((cql[i] | 0x20) != "use"[i])
            return false;
    const auto next = cql[length_of_word];
    return is_blank(next) || next == '"' || next == '/' || next == '-';
}

} // namespace

std::string use_statement(std::string_view keyspace) {
    std::string out = "USE \"";
    for (const char c : keyspace)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

bool is_use_statement(std::string_view cql) noexcept {
    return begins_with_use(without_what_says_nothing(cql));
}

std::optional<std::string> keyspace_used_by(std::string_view cql) {
    const auto statement = without_what_says_nothing(cql);
    if (!begins_with_use(statement))
        return std::nullopt;
    const auto rest = without_what_says_nothing(statement.substr(length_of_word));
    const bool quoted = rest.starts_with('"');
    std::string name;
    for (std::size_t i = quoted ? 1 : 0; i < rest.size(); ++i) {
        const char c = rest[i];
        if (quoted && c == '"') {
            if (i + 1 == rest.size() || rest[i + 1] != '"')
                break;
            ++i;
        }
        if (!quoted && (is_blank(c) || c == ';' || c == '/' || c == '-'))
            break;
        const bool upper = !quoted && c >= 'A' && c <= 'Z';
        name += upper ? static_cast<char>(c | 0x20) : c;
    }
    return name;
}

} // namespace cocql::message
