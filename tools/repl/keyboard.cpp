#include "keyboard.hpp"

#include <csignal>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

bool continues_key(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// How many bytes a character in UTF-8 has that begins with this one.
std::size_t key_size(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

/// Whether more bytes belong to what an escape key or ESC itself has begun.
bool wants_rest(const std::string& sequence) noexcept {
    if (sequence.size() == 1)
        return true;
    if (sequence[1] == 'O')
        return sequence.size() < 3;
    if (sequence[1] != '[' || sequence.size() > 32)
        return false;
    if (sequence.size() == 3 && sequence[2] == '[')
        return true; // the function keys of the Linux console
    return sequence.size() == 2 || sequence.back() < 0x40 || sequence.back() > 0x7e;
}

void drop_last_character(std::string& text) noexcept {
    while (!text.empty() && continues_key(text.back()))
        text.pop_back();
    if (!text.empty())
        text.pop_back();
}

} // namespace

keyboard::keyboard(asio::any_io_executor executor, output& out, cocqlsh::history past)
    : out_(out), input_(std::move(executor)), history_(std::move(past)), editor_(history_) {}

void keyboard::interrupt() noexcept {
    if (!at_plain_prompt_ && !is_asking_)
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

asio::awaitable<std::optional<std::string>> keyboard::read_key() {
    for (;;) {
        const auto first = co_await read_byte();
        if (!first)
            co_return std::nullopt;
        if (cocqlsh::terminal::take_signal(*first))
            continue;
        std::string key(1, *first);
        if (*first != 0x1b) {
            while (key.size() < key_size(*first) && has_more_soon()) {
                const auto next = co_await read_byte();
                if (!next)
                    break;
                key += *next;
            }
            co_return key;
        }
        while (wants_rest(key) && has_more_soon()) {
            const auto next = co_await read_byte();
            if (!next)
                break;
            key += *next;
        }
        co_return key;
    }
}

bool keyboard::has_more_soon() {
    return typed_at_ != typed_ahead_.size() || input_.has_more_soon();
}

void keyboard::draw_line() {
    out_.draw(editor_.draw(cocqlsh::terminal::columns()));
}

void keyboard::ask(std::string text, bool on_error) {
    question_ = std::move(text);
    is_asking_ = true;
    asked_on_error_ = on_error;
    if (on_error)
        out_.draw_on_error(question_);
    else
        out_.draw(question_);
}

void keyboard::resume() {
    terminal_.resume();
    if (is_editing_) {
        editor_.forget_screen();
        draw_line();
    } else if (is_asking_) {
        ask(std::move(question_), asked_on_error_);
    }
}

void keyboard::resize() {
    if (is_editing_)
        draw_line();
}

/// Where nothing can be drawn the terminal itself does the editing, and Ctrl-C comes as a signal.
asio::awaitable<std::optional<std::string>> keyboard::read_plain_line(std::string text) {
    out_.draw(text);
    std::string line;
    was_interrupted_ = false;
    at_plain_prompt_ = true;
    for (;;) {
        const auto byte = co_await read_byte();
        at_plain_prompt_ = byte.has_value() && *byte != '\n';
        if (!byte) {
            out_.draw("\n");
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
    terminal_.raw();
    editor_.begin(std::move(text));
    is_editing_ = true;
    draw_line();
    // After the prompt, which scripts that drive us expect at the beginning of its line.
    terminal_.take_pastes_in_brackets();
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
        out_.draw(editor_.leave(cocqlsh::terminal::columns()));
        if (happened == line_editor::event::line)
            line = editor_.line();
        was_interrupted_ = happened == line_editor::event::interrupt;
        break;
    }
    is_editing_ = false;
    terminal_.restore();
    out_.draw("\n");
    co_return line;
}

asio::awaitable<std::optional<std::string>> keyboard::read_secret(std::string text) {
    // The echo goes first: whoever answers the prompt at once must not see the password. On
    // standard error, so that it is seen where the output goes to a file.
    terminal_.raw();
    ask(std::move(text), true);
    std::optional<std::string> secret("");
    for (;;) {
        const auto key = co_await read_key();
        if (key == "\x03")
            ::raise(SIGINT); // ends what this was asked for, too
        if (!key || *key == "\x03" || *key == "\x04")
            secret.reset(); // given up
        if (!secret || *key == "\r" || *key == "\n")
            break;
        if (*key == "\x15")
            secret->clear();
        else if (*key == "\x7f" || *key == "\b")
            drop_last_character(*secret);
        else if (key->front() != 0x1b) // an arrow is no part of a password
            *secret += *key;
    }
    is_asking_ = false;
    terminal_.restore();
    out_.draw_on_error("\n");
    co_return secret;
}

asio::awaitable<bool> keyboard::wants_more() {
    terminal_.raw();
    ask("---MORE---", false);
    const auto key = co_await read_key();
    is_asking_ = false;
    if (key == "\x03")
        ::raise(SIGINT);
    terminal_.restore();
    out_.draw("\r          \r");
    co_return key.has_value() && *key != "\x03" && *key != "\x04" && *key != "q";
}

} // namespace cocqlsh
