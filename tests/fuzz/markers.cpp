#include "input.hpp"
#include "statement_splitter.hpp"
#include "text.hpp"

#include <cocql/marker_counter.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using cocql::detail::marker_counter;
using cocqlsh::statement_splitter;

std::vector<std::string> split(std::string_view input, std::size_t piece) {
    statement_splitter splitter;
    for (std::size_t at = 0; at < input.size(); at += piece)
        splitter.feed(input.substr(at, piece));
    if (splitter.in_comment())
        splitter.feed("*/"); // else what it began in would be dropped
    splitter.finish();
    std::vector<std::string> statements;
    while (auto statement = splitter.next())
        statements.push_back(std::move(statement->text));
    return statements;
}

/// The first word outside of quotes, as the splitter looks for commands of the shell.
std::string first_word(std::string_view statement) {
    const auto is_in_word = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || letter == '?';
    };
    for (std::size_t at = 0; at < statement.size();) {
        if (const auto after = cocql::detail::skip_quoted(statement, at); after != at) {
            at = after;
            continue;
        }
        auto end = at;
        while (end < statement.size() && is_in_word(statement[end]))
            ++end;
        if (end != at)
            return cocqlsh::upper(statement.substr(at, end - at));
        ++at;
    }
    return {};
}

struct markers {
    std::size_t least = 0;
    std::size_t most = 0;
    friend bool operator==(const markers&, const markers&) = default;
};

markers sum_of(const std::vector<std::string>& statements) {
    markers sum;
    for (const auto& each : statements) {
        const marker_counter counted(each);
        sum.least += counted.least();
        sum.most += counted.most();
    }
    return sum;
}

/// Of input that is cut into statements as it is written: whether what is left of it, without its
/// comments, has the markers that it had.
bool keeps_markers(std::string_view input, const std::vector<std::string>& statements) {
    const marker_counter counted(input);
    return sum_of(statements) == markers{counted.least(), counted.most()};
}

} // namespace

/// The counter of markers, which the compiler runs over literals, and the shell's splitter know the
/// same quotes and comments of CQL. The first byte says in what pieces the splitter is fed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    auto bytes = fuzz::input(data, size);
    const std::size_t piece = 1 + std::size_t{fuzz::take_byte(bytes)};
    const std::string_view input(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto statements = split(input, input.size() + 1);
    fuzz::require(split(input, piece) == statements,
                  "input cut anywhere gives the same statements");

    const marker_counter counted(input);
    fuzz::require(counted.least() <= counted.most(), "what is certain is possible");
    fuzz::require(counted.most() <= input.size(), "a marker takes a character");
    for (const auto& each : statements)
        fuzz::require(!each.empty(), "statements of nothing are dropped");

    // Question marks are counted by nothing but quotes and comments.
    std::string without_colons(input);
    std::replace(without_colons.begin(), without_colons.end(), ':', '.');
    fuzz::require(keeps_markers(without_colons, split(without_colons, piece)),
                  "as many question marks in the statements as in the input");
    // What a colon is depends on what is before it; a command of the shell ends in the middle of
    // that, with its line, and a byte-order mark is left out, of letters that any name may have.
    const bool has_marks = input.find("\xef\xbb\xbf") != std::string_view::npos;
    const bool has_commands = std::any_of(statements.begin(), statements.end(), [](auto& each) {
        return cocqlsh::is_shell_command(first_word(each));
    });
    fuzz::require(has_commands || has_marks || keeps_markers(input, statements),
                  "as many markers in the statements as in the input");
    return 0;
}
