#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace cocqlsh {

/// Cuts input, fed in any pieces, into statements.
///
/// A statement ends at a `;` outside of strings, quoted names, $$ bodies and comments; a batch at
/// the `;` after APPLY BATCH; a command of the shell also at the end of its line. Each byte is
/// looked at once, however long a statement is. Comments become blanks, so that what a server says
/// of a place in the statement is right; a byte-order mark where a statement begins is left out, as
/// files put together have it in their midst; statements of nothing are dropped.
class statement_splitter {
  public:
    struct statement {
        std::string text; ///< without the `;`
        std::size_t line; ///< where it begins, from 1
    };

    /// What was not complete at the end, and is dropped.
    struct unfinished {
        std::size_t line; ///< where it begins, from 1
        bool in_comment;  ///< which is not closed, and may hold all that follows
    };

    void feed(std::string_view text);
    /// The end of the input: what is left becomes a statement, if it is one, unless a comment in it
    /// is not closed: that may hide half of what was meant.
    std::optional<unfinished> finish();
    /// The end of a file, which may have been cut short: what is left becomes a statement only if
    /// it is a command of the shell.
    std::optional<unfinished> finish_file();
    std::optional<statement> next();
    /// Whether a statement has begun and is not complete.
    bool in_statement() const noexcept;
    /// Whether a comment has begun that may go on over many lines.
    bool in_comment() const noexcept { return state_ == state::block_comment; }
    /// Forgets the statement that has begun.
    void discard();

  private:
    enum class state { plain, string, name, dollar, line_comment, block_comment };

    void take(char c);
    void take_plain(char c);
    void append(char c);
    void append_blank_for(char c);
    void end_word();
    void complete();
    bool is_batch() const noexcept { return first_word_ == "BEGIN" && second_is_batch_; }

    state state_ = state::plain;
    char previous_ = 0; ///< to see two-character marks; 0 when it must not be combined
    std::string text_;
    std::string word_;
    std::string first_word_;
    std::string last_word_;
    std::string word_before_;
    bool second_is_batch_ = false;
    std::size_t line_ = 1;
    std::size_t begin_line_ = 1;
    std::size_t comment_line_ = 1;
    std::deque<statement> ready_;
};

/// Whether the word (in capitals) begins a command of the shell itself.
bool is_shell_command(std::string_view word) noexcept;

} // namespace cocqlsh
