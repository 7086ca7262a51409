#pragma once

#include "history.hpp"
#include "line_editor.hpp"
#include "output.hpp"
#include "standard_input.hpp"
#include "terminal.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace cocqlsh {

/// The person at the terminal: lines with editing and history, passwords, single keys.
class keyboard {
  public:
    keyboard(boost::asio::any_io_executor executor, output& out, cocqlsh::history past);

    /// A line without its end; nothing after Ctrl-D or Ctrl-C.
    boost::asio::awaitable<std::optional<std::string>> read_line(std::string prompt);
    /// Whether it was Ctrl-C that ended the last read_line().
    bool was_interrupted() const noexcept { return was_interrupted_; }
    /// Without showing it; nothing when it is given up. Ctrl-C is then a SIGINT, too, as it is for
    /// wants_more(): it ends more than the question.
    boost::asio::awaitable<std::optional<std::string>> read_secret(std::string prompt);
    /// Shows `---MORE---`; false when the rest is not wanted.
    boost::asio::awaitable<bool> wants_more();
    /// SIGINT came: ends a question, and a line where the terminal does the editing by itself.
    void interrupt() noexcept;
    /// SIGCONT came: what is being asked for is shown again, below what the screen shows now.
    void resume();
    /// SIGWINCH came.
    void resize();

    /// The bytes themselves, for input that is not typed.
    standard_input& input() noexcept { return input_; }
    cocqlsh::history& history() noexcept { return history_; }
    cocqlsh::terminal& terminal() noexcept { return terminal_; }

  private:
    boost::asio::awaitable<std::optional<char>> read_byte();
    boost::asio::awaitable<std::optional<std::string>> read_plain_line(std::string prompt);
    /// What one key sends to us from a raw terminal: a character, or the sequence of a key that
    /// has none. Those that are signals are not among them.
    boost::asio::awaitable<std::optional<std::string>> read_key();
    bool has_more_soon();
    void draw_line();
    void ask(std::string question, bool on_error);

    output& out_;
    cocqlsh::terminal terminal_;
    standard_input input_;
    cocqlsh::history history_;
    line_editor editor_;
    std::string typed_ahead_;
    std::size_t typed_at_ = 0;     ///< how much of it was used
    bool at_plain_prompt_ = false; ///< of a terminal that does the editing by itself
    bool was_interrupted_ = false;
    bool is_editing_ = false;
    std::string question_; ///< what is shown while a password or a key is waited for
    bool is_asking_ = false;
    bool asked_on_error_ = false;
};

} // namespace cocqlsh
