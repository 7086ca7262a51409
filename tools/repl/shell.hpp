#pragma once

#include "commands.hpp"
#include "history.hpp"
#include "line_editor.hpp"
#include "options.hpp"
#include "output.hpp"
#include "session.hpp"
#include "standard_input.hpp"
#include "statement_splitter.hpp"
#include "terminal.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cocqlsh {

/// The program: connects, then executes -e, a file, standard input, or what is typed at the prompt.
class shell {
  public:
    shell(boost::asio::io_context& context, options settings);

    /// The exit code: 0, 1 could not connect, 2 a statement failed, 130 interrupted.
    boost::asio::awaitable<int> run();

  private:
    boost::asio::awaitable<void> interact();
    boost::asio::awaitable<void> run_input();
    boost::asio::awaitable<cocql::result<void>> run_file(std::string path);
    boost::asio::awaitable<void> run_ready(std::string where);
    boost::asio::awaitable<void> run_statement(statement_splitter::statement statement,
                                               std::string where);
    boost::asio::awaitable<void> greet();
    boost::asio::awaitable<std::optional<std::string>> read_line(std::string prompt);
    boost::asio::awaitable<std::optional<std::string>> read_plain_line(std::string prompt);
    boost::asio::awaitable<std::optional<std::string>> read_secret(std::string prompt);
    boost::asio::awaitable<bool> more();
    boost::asio::awaitable<std::optional<char>> read_byte();
    void report(const cocql::error& failure, const std::string& where);
    void report_unfinished(const std::string& where, std::size_t line);
    void await_signals();
    std::string prompt() const;

    boost::asio::signal_set signals_;
    options settings_;
    terminal terminal_;
    bool interactive_;
    output out_;
    session session_;
    commands commands_;
    standard_input input_;
    history history_;
    line_editor editor_;
    statement_splitter splitter_;
    std::string typed_ahead_;
    std::size_t typed_at_ = 0; ///< how much of it was used
    bool at_prompt_ = false;   ///< of a terminal that edits by itself
    bool interrupted_ = false;
    bool failed_ = false;
    bool stop_ = false;
    int depth_ = 0;
};

} // namespace cocqlsh
