#include "statement_splitter.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace cocqlsh {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

} // namespace

bool is_shell_command(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 16> commands{
        "HELP",     "?",    "CONSISTENCY", "SERIAL",  "EXPAND", "PAGING", "TRACING", "SHOW",
        "DESCRIBE", "DESC", "SOURCE",      "CAPTURE", "LOGIN",  "CLEAR",  "CLS",     "EXIT"};
    return word == "QUIT" || std::find(commands.begin(), commands.end(), word) != commands.end();
}

void statement_splitter::feed(std::string_view text) {
    for (const char c : text)
        take(c);
}

void statement_splitter::append(char c) {
    if (text_.empty()) {
        if (std::isspace(static_cast<unsigned char>(c)) != 0)
            return;
        begin_line_ = line_;
    }
    text_ += c;
    if (text_ == byte_order_mark)
        text_.clear();
}

void statement_splitter::append_blank_for(char c) {
    if (c == '\n')
        append(c);
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) // one for a character of many bytes
        append(' ');
}

void statement_splitter::end_word() {
    if (word_.empty())
        return;
    auto word = upper(std::exchange(word_, {}));
    if (first_word_.empty())
        first_word_ = word;
    else if (last_word_ == first_word_ || word_before_ == "BEGIN")
        // BEGIN BATCH, BEGIN UNLOGGED BATCH, BEGIN COUNTER BATCH
        second_is_batch_ = second_is_batch_ || word == "BATCH";
    word_before_ = std::exchange(last_word_, std::move(word));
}

void statement_splitter::complete() {
    end_word();
    const auto content = trimmed(text_);
    if (!content.empty())
        ready_.push_back({std::string(content), begin_line_});
    discard();
}

void statement_splitter::discard() {
    state_ = state::plain;
    previous_ = 0;
    text_.clear();
    word_.clear();
    first_word_.clear();
    last_word_.clear();
    word_before_.clear();
    second_is_batch_ = false;
}

void statement_splitter::take(char c) {
    switch (state_) {
    case state::plain:
        take_plain(c);
        break;
    case state::string:
        // A doubled quote ends the string and begins it again at once, which comes to the same.
        append(c);
        if (c == '\'')
            state_ = state::plain;
        break;
    case state::name:
        append(c);
        if (c == '"')
            state_ = state::plain;
        break;
    case state::dollar:
        append(c);
        if (c == '$' && previous_ == '$') {
            state_ = state::plain;
            previous_ = 0;
        } else {
            previous_ = c;
        }
        break;
    case state::line_comment:
        // As the servers' lexers have it; or what they execute would be left out here.
        if (c == '\n' || c == '\r') {
            state_ = state::plain;
            take_plain(c);
        } else {
            append_blank_for(c);
        }
        break;
    case state::block_comment:
        append_blank_for(c);
        if (c == '/' && previous_ == '*') {
            state_ = state::plain;
            previous_ = 0;
        } else {
            previous_ = c;
        }
        break;
    }
    if (c == '\n')
        ++line_;
}

void statement_splitter::take_plain(char c) {
    const char before = std::exchange(previous_, c);
    const auto begin_comment = [&](state comment) {
        text_.pop_back(); // the first character of the mark
        append_blank_for(before);
        append_blank_for(c);
        word_.clear();
        state_ = comment;
        comment_line_ = line_;
        previous_ = 0;
    };
    if (c == '-' && before == '-' && !text_.empty())
        return begin_comment(state::line_comment);
    if (c == '/' && before == '/' && !text_.empty())
        return begin_comment(state::line_comment);
    if (c == '*' && before == '/' && !text_.empty())
        return begin_comment(state::block_comment);
    if (c == ';') {
        end_word();
        if (is_batch() && !(word_before_ == "APPLY" && last_word_ == "BATCH"))
            return append(c);
        return complete();
    }
    if (c == '\n') {
        end_word();
        if (is_shell_command(first_word_))
            return complete();
    }
    append(c);
    if (c == '\'') {
        end_word();
        state_ = state::string;
    } else if (c == '"') {
        end_word();
        state_ = state::name;
    } else if (c == '$' && before == '$') {
        state_ = state::dollar;
        previous_ = 0;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '?') {
        word_ += c;
    } else {
        end_word();
    }
}

std::optional<statement_splitter::unfinished> statement_splitter::finish() {
    if (state_ == state::block_comment) {
        discard();
        return unfinished{comment_line_, true};
    }
    complete();
    return std::nullopt;
}

std::optional<statement_splitter::unfinished> statement_splitter::finish_file() {
    const bool in_quotes =
        state_ == state::string || state_ == state::name || state_ == state::dollar;
    end_word();
    if (state_ == state::block_comment || !in_statement() ||
        (!in_quotes && is_shell_command(first_word_)))
        return finish();
    discard();
    return unfinished{begin_line_, false};
}

std::optional<statement_splitter::statement> statement_splitter::next() {
    if (ready_.empty())
        return std::nullopt;
    auto statement = std::move(ready_.front());
    ready_.pop_front();
    return statement;
}

bool statement_splitter::in_statement() const noexcept {
    return !text_.empty(); // it begins with something that is not blank
}

} // namespace cocqlsh
