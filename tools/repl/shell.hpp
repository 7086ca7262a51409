#pragma once

#include "commands.hpp"
#include "interruption.hpp"
#include "keyboard.hpp"
#include "options.hpp"
#include "output.hpp"
#include "session.hpp"
#include "statement_splitter.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <memory>
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
    boost::asio::awaitable<void> run_script(std::string path, std::string text);
    boost::asio::awaitable<void> run_text(std::string text);
    boost::asio::awaitable<void> run_ready(std::string where);
    void drop_the_rest(const std::string& where);
    boost::asio::awaitable<void> run_statement(statement_splitter::statement statement,
                                               std::string where);
    boost::asio::awaitable<void> greet();
    void report(const cocql::error& failure, const std::string& where);
    void report_unfinished(const std::string& where, statement_splitter::unfinished what);
    /// Whether Ctrl-C ends what is being done: a line at the prompt, or the whole program.
    bool is_interrupted() const noexcept { return interruption_.has_come(); }
    void await_screen_signals();
    std::string prompt() const;

    interruption interruption_;
    boost::asio::signal_set screen_signals_;
    options settings_;
    output out_;
    keyboard keyboard_;
    bool interactive_;
    session session_;
    commands commands_;
    statement_splitter splitter_;
    bool failed_ = false;
    bool stop_ = false;
    int depth_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); ///< for handlers under way
};

} // namespace cocqlsh
