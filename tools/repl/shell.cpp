#include "shell.hpp"

#include "failure_text.hpp"
#include "text.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// SOURCE inside SOURCE, at most.
constexpr int deepest_source = 16;

bool wants_colour(const options& settings) {
    return settings.colour.value_or(::isatty(STDOUT_FILENO) == 1 &&
                                    std::getenv("NO_COLOR") == nullptr);
}

} // namespace

shell::shell(asio::io_context& context, options settings)
    : signals_(context, SIGINT, SIGTERM, SIGHUP),
      settings_(std::move(settings)),
      interactive_(!settings_.has_execute && settings_.file.empty() &&
                   (terminal_.is_terminal() || settings_.force_terminal)),
      out_(wants_colour(settings_)),
      session_(context.get_executor(), settings_, out_, interactive_),
      commands_(session_),
      input_(context.get_executor()),
      history_(expanded_path(settings_.history)),
      editor_(history_) {
    session_.ask_for_more = [this] { return more(); };
    commands_.source = [this](std::string path) { return run_file(std::move(path)); };
    commands_.ask_secret = [this](std::string text) { return read_secret(std::move(text)); };
}

asio::awaitable<int> shell::run() {
    await_signals();
    bool ready = true;
    if (!session_.settings.user.empty() && !session_.settings.secret_given &&
        terminal_.has_keyboard()) {
        auto secret = co_await read_secret("Password: ");
        ready = secret.has_value();
        session_.settings.secret = std::move(secret).value_or("");
    }
    if (ready)
        ready = co_await session_.connect();
    int code = 1;
    if (ready) {
        if (settings_.has_execute) {
            splitter_.feed(settings_.execute);
            splitter_.finish();
            co_await run_ready({});
        } else if (!settings_.file.empty()) {
            auto done = co_await run_file(expanded_path(settings_.file));
            if (!done)
                report(done.error(), {});
        } else if (interactive_) {
            co_await interact();
        } else {
            co_await run_input();
        }
        co_await session_.close();
        code = interactive_ ? 0 : interrupted_ ? 130 : failed_ ? 2 : 0;
    }
    out_.flush();
    boost::system::error_code ignored;
    signals_.cancel(ignored);
    co_return code;
}

void shell::await_signals() {
    signals_.async_wait([this](boost::system::error_code stopped, int number) {
        if (stopped)
            return;
        if (number != SIGINT) {
            terminal_.restore();
            out_.flush();
            std::_Exit(128 + number);
        }
        interrupted_ = true;
        if (!interactive_)
            stop_ = true;
        session_.interrupt();
        if (at_prompt_)
            input_.cancel();
        await_signals();
    });
}

// --- statements

void shell::report(const cocql::error& failure, const std::string& where) {
    failed_ = true;
    if (failure.is(cocql::errc::cancelled) && interrupted_) {
        out_.error(where + "interrupted; the statement may still be executed");
        return;
    }
    out_.error(where + failure_text(failure));
}

void shell::report_unfinished(const std::string& where, std::size_t line) {
    if (!stop_ && !commands_.exit_wanted())
        report(cocql::error(cocql::errc::invalid_argument, "Incomplete statement at end of file"),
               where + ":" + std::to_string(line) + ":");
}

asio::awaitable<void> shell::run_statement(statement_splitter::statement statement,
                                           std::string where) {
    const auto words = words_of(std::string_view(statement.text).substr(0, 64));
    if (words.empty())
        co_return;
    const auto place =
        where.empty() ? std::string() : where + ":" + std::to_string(statement.line) + ":";
    interrupted_ = false;
    cocql::result<void> done = {};
    if (is_shell_command(upper(words.front())))
        done = co_await commands_.run(std::move(statement.text));
    else
        done = co_await session_.execute(std::move(statement.text));
    if (!done)
        report(done.error(), place);
    if (!out_.flush())
        report(cocql::error(cocql::errc::io_failed, "cannot write the output; some of it is lost"),
               place);
}

asio::awaitable<void> shell::run_ready(std::string where) {
    for (auto statement = splitter_.next(); statement; statement = splitter_.next()) {
        if (stop_ || commands_.exit_wanted())
            co_return;
        co_await run_statement(std::move(*statement), where);
        if (interrupted_) {
            // Ctrl-C ends the whole line or file, not one statement of it.
            while (splitter_.next()) {
            }
            co_return;
        }
    }
}

asio::awaitable<cocql::result<void>> shell::run_file(std::string path) {
    if (depth_ >= deepest_source)
        co_return cocql::error(cocql::errc::invalid_argument, "SOURCE is nested too deeply");
    const auto text = file_text(path);
    if (!text)
        co_return cocql::error(cocql::errc::io_failed,
                               "cannot read '" + path + "': " + std::strerror(errno));
    auto outer = std::exchange(splitter_, statement_splitter());
    splitter_.feed(*text);
    const auto unfinished = splitter_.finish_file();
    ++depth_;
    co_await run_ready(path);
    --depth_;
    if (unfinished && !interrupted_)
        report_unfinished(path, *unfinished);
    splitter_ = std::move(outer);
    co_return cocql::result<void>();
}

asio::awaitable<void> shell::run_input() {
    for (;;) {
        auto block = co_await input_.read();
        if (!block) {
            report(block.error(), {});
            co_return;
        }
        std::optional<std::size_t> unfinished;
        if (block->empty())
            unfinished = splitter_.finish_file();
        else
            splitter_.feed(*block);
        co_await run_ready("<stdin>");
        if (unfinished)
            report_unfinished("<stdin>", *unfinished);
        if (block->empty() || stop_ || commands_.exit_wanted())
            co_return;
    }
}

// --- the prompt

std::string shell::prompt() const {
    if (splitter_.in_statement())
        return "   ... ";
    const auto& user = session_.settings.user;
    return (user.empty() ? "" : user + "@") + "cocqlsh" +
           (session_.keyspace.empty() ? "" : ":" + session_.keyspace) + "> ";
}

asio::awaitable<void> shell::greet() {
    auto host = co_await commands_.host();
    auto versions = co_await commands_.versions();
    if (host)
        out_.note(*host);
    if (versions)
        out_.note(*versions);
    out_.note("Use HELP for help.");
}

asio::awaitable<void> shell::interact() {
    co_await greet();
    std::string entry;
    while (!commands_.exit_wanted()) {
        if (!splitter_.in_statement())
            entry.clear();
        interrupted_ = false;
        auto line = co_await read_line(prompt());
        if (!line) {
            if (!interrupted_)
                break; // Ctrl-D
            splitter_.discard();
            continue;
        }
        entry += (entry.empty() ? "" : "\n") + *line;
        splitter_.feed(*line + "\n");
        if (!splitter_.in_statement() && !history_.add(entry))
            out_.error("cannot write the history file: " + std::string(std::strerror(errno)));
        co_await run_ready({});
    }
}

asio::awaitable<std::optional<char>> shell::read_byte() {
    if (typed_at_ == typed_ahead_.size()) {
        auto block = co_await input_.read();
        if (!block || block->empty())
            co_return std::nullopt;
        typed_ahead_ = std::move(*block);
        typed_at_ = 0;
    }
    co_return typed_ahead_[typed_at_++];
}

/// Where nothing can be drawn the terminal itself does the editing, and Ctrl-C comes as a signal.
asio::awaitable<std::optional<std::string>> shell::read_plain_line(std::string text) {
    out_.flush();
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    std::string line;
    at_prompt_ = true;
    for (;;) {
        const auto byte = co_await read_byte();
        at_prompt_ = byte.has_value() && *byte != '\n';
        if (!byte) {
            std::fputs("\n", stdout);
            if (line.empty() || interrupted_)
                co_return std::nullopt;
            co_return line;
        }
        if (*byte == '\n')
            co_return line;
        line += *byte;
    }
}

asio::awaitable<std::optional<std::string>> shell::read_line(std::string text) {
    if (!terminal_.can_draw()) {
        auto line = co_await read_plain_line(std::move(text));
        co_return line;
    }
    terminal_.raw(true);
    editor_.begin(std::move(text));
    out_.flush();
    const auto show = [](const std::string& drawing) {
        std::fwrite(drawing.data(), 1, drawing.size(), stdout);
        std::fflush(stdout);
    };
    show(editor_.draw(terminal::columns()));
    std::optional<std::string> line;
    for (;;) {
        const auto byte = co_await read_byte();
        const auto happened = byte ? editor_.take(*byte) : line_editor::event::end;
        if (happened == line_editor::event::none) {
            // A paste is drawn once, not once for each byte or block.
            if (typed_at_ == typed_ahead_.size() && !editor_.is_pasting())
                show(editor_.draw(terminal::columns()));
            continue;
        }
        show(editor_.leave(terminal::columns()));
        if (happened == line_editor::event::line)
            line = editor_.line();
        interrupted_ = happened == line_editor::event::interrupt;
        break;
    }
    terminal_.restore();
    co_return line;
}

asio::awaitable<std::optional<std::string>> shell::read_secret(std::string text) {
    // On standard error, so that it is seen where the output goes to a file.
    out_.flush();
    std::fputs(text.c_str(), stderr);
    terminal_.raw();
    std::optional<std::string> secret("");
    for (;;) {
        const auto byte = co_await read_byte();
        if (!byte || *byte == 3 || *byte == 4)
            secret.reset(); // given up
        if (!secret || *byte == '\r' || *byte == '\n')
            break;
        if (*byte == 0x15) {
            secret->clear();
        } else if (*byte == 0x7f || *byte == 8) {
            if (!secret->empty())
                secret->pop_back();
        } else {
            *secret += *byte;
        }
    }
    terminal_.restore();
    std::fputs("\n", stderr);
    co_return secret;
}

asio::awaitable<bool> shell::more() {
    out_.flush();
    std::fputs("---MORE---", stdout);
    std::fflush(stdout);
    terminal_.raw();
    const auto byte = co_await read_byte();
    terminal_.restore();
    std::fputs("\r          \r", stdout);
    co_return byte&&* byte != 3 && *byte != 4 && *byte != 'q';
}

} // namespace cocqlsh
