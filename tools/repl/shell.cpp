#include "shell.hpp"

#include "failure_text.hpp"
#include "server_lines.hpp"
#include "terminal_abilities.hpp"
#include "text.hpp"
#include "text_decoder.hpp"
#include "visible_text.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// SOURCE inside SOURCE, at most.
constexpr int deepest_source = 16;
/// Where a statement of standard input is said to be.
constexpr const char* from_input = "<stdin>";

/// What the settings do not say: as the terminal is (an empty NO_COLOR says nothing).
bool wants_colour(const options& settings, int descriptor) {
    if (settings.colour)
        return *settings.colour;
    const char* const without = std::getenv("NO_COLOR");
    return ::isatty(descriptor) == 1 && (without == nullptr || *without == 0) &&
           terminal_abilities::of_environment().shows_colours;
}

cocql::error unreadable(const std::string& path) {
    return cocql::error(cocql::errc::io_failed,
                        "cannot read '" + path + "': " + std::strerror(errno));
}

/// What is being written when the signal comes is not to be lost.
void restart_after(int number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0)
        return;
    action.sa_flags |= SA_RESTART;
    ::sigaction(number, &action, nullptr);
}

} // namespace

shell::shell(asio::io_context& context, options settings)
    : interruption_(context.get_executor()),
      screen_signals_(context),
      settings_(std::move(settings)),
      out_(wants_colour(settings_, STDOUT_FILENO), wants_colour(settings_, STDERR_FILENO),
           &interruption_),
      keyboard_(context.get_executor(), out_,
                history(expanded_path(settings_.history), settings_.keeps_history)),
      interactive_(!settings_.has_execute && settings_.file.empty() &&
                   settings_.terminal.value_or(keyboard_.terminal().is_terminal())),
      session_(context.get_executor(), settings_, out_, interactive_),
      commands_(session_) {
    session_.ask_for_more = [this] { return keyboard_.wants_more(); };
    commands_.source = [this](std::string path) { return run_file(std::move(path)); };
    commands_.ask_secret = [this](std::string text) {
        return keyboard_.read_secret(std::move(text));
    };
}

asio::awaitable<int> shell::run() {
    interruption_.on_arrival([this] {
        session_.interrupt();
        keyboard_.interrupt();
        if (!interactive_)
            keyboard_.input().cancel();
    });
    await_screen_signals();
    bool ready = true;
    std::string script;
    if (!settings_.has_execute && !settings_.file.empty()) {
        // Before anything else, so that a wrong name is not found only after a login.
        auto text = file_text(expanded_path(settings_.file));
        if (!text) {
            out_.error(unreadable(settings_.file).what());
            ready = false;
        }
        script = decoded(text.value_or(""));
    }
    if (ready && !session_.settings.user.empty() && !session_.settings.secret_given &&
        keyboard_.terminal().has_keyboard()) {
        auto secret = co_await keyboard_.read_secret("Password: ");
        ready = secret.has_value();
        session_.settings.secret = std::move(secret).value_or("");
    }
    if (ready)
        ready = co_await session_.connect();
    int code = is_interrupted() ? 130 : 1;
    if (ready) {
        if (settings_.has_execute) {
            co_await run_text(settings_.execute);
        } else if (!settings_.file.empty()) {
            co_await run_script(expanded_path(settings_.file), std::move(script));
        } else if (interactive_) {
            co_await interact();
        } else {
            co_await run_input();
        }
        co_await session_.close();
        code = interactive_ ? 0 : is_interrupted() ? 130 : failed_ ? 2 : 0;
    }
    out_.flush();
    interruption_.stop();
    alive_.reset();
    boost::system::error_code ignored;
    screen_signals_.cancel(ignored);
    co_return code;
}

void shell::await_screen_signals() {
    if (!interactive_ && !keyboard_.terminal().has_keyboard())
        return;
    boost::system::error_code ignored;
    for (const int number : {SIGCONT, SIGWINCH})
        if (!screen_signals_.add(number, ignored))
            restart_after(number);
    screen_signals_.async_wait(
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code stopped, int number) {
            if (stopped || alive.expired())
                return;
            if (number == SIGCONT)
                keyboard_.resume();
            else
                keyboard_.resize();
            await_screen_signals();
        });
}

// --- statements

void shell::report(const cocql::error& failure, const std::string& where) {
    failed_ = true;
    if (failure.is(cocql::errc::cancelled) && is_interrupted()) {
        const auto outcome = failure.outcome();
        out_.error(where + "interrupted; " +
                   (outcome == cocql::request_outcome::not_sent ? "the statement was not sent"
                    : outcome == cocql::request_outcome::maybe_executed
                        ? "the statement may still be executed"
                        : std::string(failure.message())));
        return;
    }
    out_.error(where + failure_text(failure));
}

void shell::report_unfinished(const std::string& where, statement_splitter::unfinished what) {
    if (stop_ || is_interrupted() || session_.is_lost || commands_.exit_wanted())
        return;
    std::string text = "Incomplete statement";
    if (!where.empty())
        text += " at end of file";
    if (what.in_comment)
        text += where.empty() ? ": a comment is not closed"
                              : ": the comment that begins here is not closed";
    report(cocql::error(cocql::errc::invalid_argument, text),
           where.empty() ? std::string() : where + ":" + std::to_string(what.line) + ":");
}

asio::awaitable<void> shell::run_statement(statement_splitter::statement statement,
                                           std::string where) {
    const auto words = words_of(std::string_view(statement.text).substr(0, 64));
    if (words.empty())
        co_return;
    const auto place =
        where.empty() ? std::string() : where + ":" + std::to_string(statement.line) + ":";
    session_.is_lost = false;
    cocql::result<void> done = {};
    if (is_shell_command(upper(words.front())))
        done = co_await commands_.run(std::move(statement.text));
    else
        done = co_await session_.execute(std::move(statement.text));
    const bool written = out_.flush();
    const bool cut = out_.take_cut();
    if (!done)
        report(done.error(), place);
    else if (cut)
        report(session::rest_not_shown(), place);
    if (!written)
        report(cocql::error(cocql::errc::io_failed, "cannot write the output; some of it is lost"),
               place);
}

asio::awaitable<void> shell::run_ready(std::string where) {
    for (auto statement = splitter_.next(); statement; statement = splitter_.next()) {
        if (stop_ || is_interrupted() || commands_.exit_wanted())
            co_return;
        co_await run_statement(std::move(*statement), where);
        // Ctrl-C ends the whole line or file, not one statement of it; so does a server that is
        // gone, which each further statement would wait for again.
        if (is_interrupted() || session_.is_lost)
            co_return drop_the_rest(where);
    }
}

void shell::drop_the_rest(const std::string& where) {
    std::size_t dropped = 0;
    while (splitter_.next())
        ++dropped;
    if (!session_.is_lost)
        return;
    if (dropped != 0 || where == from_input)
        out_.error("the statements after it" + (where.empty() ? "" : " in " + where) +
                   " are not executed");
    stop_ = stop_ || !interactive_;
}

asio::awaitable<cocql::result<void>> shell::run_file(std::string path) {
    if (depth_ >= deepest_source)
        co_return cocql::error(cocql::errc::invalid_argument, "SOURCE is nested too deeply");
    auto text = file_text(path);
    if (!text)
        co_return unreadable(path);
    // What is set in the file ends with it, as in cqlsh: the keyspace, who is logged in, the
    // switches; and EXIT leaves the file only.
    session_.begin_file();
    co_await run_script(std::move(path), decoded(*text));
    commands_.forget_exit();
    co_await session_.end_file();
    co_return cocql::result<void>();
}

asio::awaitable<void> shell::run_text(std::string text) {
    splitter_.feed(decoded(text));
    const auto unfinished = splitter_.finish();
    co_await run_ready({});
    if (unfinished)
        report_unfinished({}, *unfinished);
}

asio::awaitable<void> shell::run_script(std::string path, std::string text) {
    auto outer = std::exchange(splitter_, statement_splitter());
    splitter_.feed(text);
    const auto unfinished = splitter_.finish_file();
    ++depth_;
    co_await run_ready(path);
    --depth_;
    if (unfinished)
        report_unfinished(path, *unfinished);
    splitter_ = std::move(outer);
}

asio::awaitable<void> shell::run_input() {
    text_decoder decoder;
    for (;;) {
        auto block = co_await keyboard_.input().read();
        if (!block) {
            if (!is_interrupted())
                report(block.error(), {});
            co_return;
        }
        std::optional<statement_splitter::unfinished> unfinished;
        splitter_.feed(block->empty() ? decoder.finish() : decoder.take(*block));
        if (block->empty())
            unfinished = splitter_.finish_file();
        co_await run_ready(from_input);
        if (unfinished)
            report_unfinished(from_input, *unfinished);
        if (block->empty() || stop_ || is_interrupted() || commands_.exit_wanted())
            co_return;
    }
}

// --- the prompt

std::string shell::prompt() const {
    if (splitter_.in_statement() || splitter_.in_comment())
        return "   ... ";
    const auto& user = session_.settings.user;
    return visible_text((user.empty() ? "" : user + "@") + "cocqlsh" +
                        (session_.keyspace.empty() ? "" : ":" + session_.keyspace) + "> ");
}

asio::awaitable<void> shell::greet() {
    const auto host = co_await host_line(session_);
    if (host)
        out_.note(*host);
    if (!is_interrupted()) {
        const auto versions = co_await version_line(session_);
        if (versions)
            out_.note(*versions);
    }
    out_.note("Use HELP for help.");
}

asio::awaitable<void> shell::interact() {
    co_await greet();
    std::string entry;
    int empty_lines = 0;
    while (!commands_.exit_wanted()) {
        interruption_.forget();
        static_cast<void>(out_.take_cut());
        if (!splitter_.in_statement() && !splitter_.in_comment()) {
            entry.clear();
            if (!settings_.line_before_prompt.empty())
                out_.draw(settings_.line_before_prompt + "\n"); // the user's own, with colours
        }
        auto line = co_await keyboard_.read_line(prompt());
        interruption_.forget(); // what was sent to a terminal where Ctrl-C is a key
        if (!line) {
            if (!keyboard_.was_interrupted())
                break; // Ctrl-D
            splitter_.discard();
            continue;
        }
        empty_lines = splitter_.in_statement() && trimmed(*line).empty() ? empty_lines + 1 : 0;
        if (empty_lines == 3)
            out_.note("Statements are terminated with a ';'.  You can press CTRL-C to cancel an "
                      "incomplete statement.");
        entry += (entry.empty() ? "" : "\n") + *line;
        splitter_.feed(*line + "\n");
        if (!splitter_.in_statement() && !splitter_.in_comment() && !keyboard_.history().add(entry))
            out_.error("cannot write the history file: " + std::string(std::strerror(errno)));
        co_await run_ready({});
    }
}

} // namespace cocqlsh
