#include "keyboard.hpp"

#include <cstdio>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

void show(const std::string& drawing) {
    std::fwrite(drawing.data(), 1, drawing.size(), stdout);
    std::fflush(stdout);
}

} // namespace

keyboard::keyboard(asio::any_io_executor executor, output& out, std::string history_path)
    : out_(out),
      input_(std::move(executor)),
      history_(std::move(history_path)),
      editor_(history_) {}

void keyboard::interrupt() noexcept {
    if (!at_plain_prompt_)
        return;
    was_interrupted_ = true;
    input_.cancel();
}

asio::awaitable<std::optional<char>> keyboard::read_byte() {
    if (typed_at_ == typed_ahead_.size()) {
        auto block = co_await input_.read();
        if (!block || block->empty())
            co_return std::nullopt;
        typed_ahead_ = std::move(*block);
        typed_at_ = 0;
    }
    co_return typed_ahead_[typed_at_++];
}

asio::awaitable<std::optional<char>> keyboard::read_key() {
    for (;;) {
        auto byte = co_await read_byte();
        if (!byte || !cocqlsh::terminal::take_signal(*byte))
            co_return byte;
    }
}

void keyboard::draw_line() {
    show(editor_.draw(cocqlsh::terminal::columns()));
}

void keyboard::ask(std::string text, std::FILE* where) {
    question_ = std::move(text);
    asked_on_ = where;
    std::fputs(question_.c_str(), where);
    std::fflush(where);
}

void keyboard::resume() {
    terminal_.resume();
    if (is_editing_) {
        editor_.forget_screen();
        draw_line();
    } else if (asked_on_ != nullptr) {
        ask(std::move(question_), asked_on_);
    }
}

void keyboard::resize() {
    if (is_editing_)
        draw_line();
}

/// Where nothing can be drawn the terminal itself does the editing, and Ctrl-C comes as a signal.
asio::awaitable<std::optional<std::string>> keyboard::read_plain_line(std::string text) {
    out_.flush();
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    std::string line;
    was_interrupted_ = false;
    at_plain_prompt_ = true;
    for (;;) {
        const auto byte = co_await read_byte();
        at_plain_prompt_ = byte.has_value() && *byte != '\n';
        if (!byte) {
            std::fputs("\n", stdout);
            if (line.empty() || was_interrupted_)
                co_return std::nullopt;
            co_return line;
        }
        if (*byte == '\n')
            co_return line;
        line += *byte;
    }
}

asio::awaitable<std::optional<std::string>> keyboard::read_line(std::string text) {
    if (!terminal_.can_draw()) {
        auto line = co_await read_plain_line(std::move(text));
        co_return line;
    }
    terminal_.raw(true);
    editor_.begin(std::move(text));
    out_.flush();
    is_editing_ = true;
    draw_line();
    std::optional<std::string> line;
    was_interrupted_ = false;
    for (;;) {
        const auto byte = co_await read_byte();
        if (byte && !editor_.is_pasting() && cocqlsh::terminal::take_signal(*byte))
            continue;
        const auto happened = byte ? editor_.take(*byte) : line_editor::event::end;
        if (happened == line_editor::event::none) {
            // A paste is drawn once, not once for each byte or block.
            if (typed_at_ == typed_ahead_.size() && !editor_.is_pasting())
                draw_line();
            continue;
        }
        show(editor_.leave(cocqlsh::terminal::columns()));
        if (happened == line_editor::event::line)
            line = editor_.line();
        was_interrupted_ = happened == line_editor::event::interrupt;
        break;
    }
    is_editing_ = false;
    terminal_.restore();
    co_return line;
}

asio::awaitable<std::optional<std::string>> keyboard::read_secret(std::string text) {
    // The echo goes first: whoever answers the prompt at once must not see the password. On
    // standard error, so that it is seen where the output goes to a file.
    out_.flush();
    terminal_.raw();
    ask(std::move(text), stderr);
    std::optional<std::string> secret("");
    for (;;) {
        const auto byte = co_await read_key();
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
    asked_on_ = nullptr;
    terminal_.restore();
    std::fputs("\n", stderr);
    co_return secret;
}

asio::awaitable<bool> keyboard::wants_more() {
    out_.flush();
    terminal_.raw();
    ask("---MORE---", stdout);
    const auto byte = co_await read_key();
    asked_on_ = nullptr;
    terminal_.restore();
    std::fputs("\r          \r", stdout);
    co_return byte.has_value() && *byte != 3 && *byte != 4 && *byte != 'q';
}

} // namespace cocqlsh
