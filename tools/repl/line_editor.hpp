#pragma once

#include "drawn_line.hpp"
#include "edited_text.hpp"
#include "history.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// A line editor without a terminal: key bytes go in, the text to draw and finished lines come out.
///
/// Emacs keys, history by arrows and Ctrl-R, bracketed paste, UTF-8. Lines longer than the screen
/// wrap. An entry of history may have several lines, each on rows of its own: then the arrows,
/// Home, End, Ctrl-A, E, K and U go by them, and Alt-Enter makes another.
class line_editor {
  public:
    enum class event { none, line, interrupt, end };

    explicit line_editor(const history& past) noexcept : history_(past) {}

    /// Begins a new line after this prompt, on a row with nothing on it.
    void begin(std::string prompt);
    /// Takes one byte. `line`: line() is finished; `interrupt`: Ctrl-C; `end`: Ctrl-D on an empty
    /// line.
    event take(char byte);
    const std::string& line() const noexcept { return line_.text(); }
    std::size_t cursor() const noexcept { return line_.cursor(); }

    /// What to write so that the screen, `columns` wide, shows prompt and line with the cursor in
    /// its place. It remembers how many rows it drew last time.
    std::string draw(std::size_t columns);
    /// What to write when the line is done: the cursor goes to its end.
    std::string leave(std::size_t columns);
    bool is_pasting() const noexcept { return pasting_; }
    /// Others have written on the screen: the next draw() begins on the row where the cursor is.
    void forget_screen() noexcept { drawn_.forget(); }

  private:
    enum class state { plain, escape, bracket, utf8 };

    event take_plain(unsigned char byte);
    event take_escape(char byte);
    void take_point();
    void take_bracket(char byte);
    void take_search(unsigned char byte);
    void insert(std::string_view text);
    /// What is between this place and the cursor.
    std::string take_out(std::size_t place);
    void move_up(bool was_in_history);
    void move_down(bool was_in_history);
    void show_history(std::size_t index);
    void search_again(std::size_t below);
    void end_search() noexcept;
    std::string shown_prompt() const;

    const history& history_;
    std::string prompt_;
    edited_text line_;
    std::string kept_; ///< the line that was being typed while history is shown
    std::string cut_;
    std::size_t history_at_ = 0;
    bool is_in_history_ = false; ///< an entry is shown and nothing was done to it yet
    state state_ = state::plain;
    std::string sequence_;
    std::string point_; ///< a UTF-8 character that is not complete
    std::size_t point_size_ = 0;
    bool pasting_ = false;
    bool searching_ = false;
    std::string sought_;
    std::size_t found_at_ = history::npos;
    drawn_line drawn_;
};

} // namespace cocqlsh
