#include "line_editor.hpp"

#include "screen_text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace cocqlsh {

namespace {

constexpr unsigned char control(char letter) {
    return static_cast<unsigned char>(letter & 0x1f);
}

bool continues_point(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

bool is_word(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
}

} // namespace

void line_editor::begin(std::string prompt) {
    prompt_ = std::move(prompt);
    line_.clear();
    kept_.clear();
    cursor_ = 0;
    history_at_ = history_.entries().size();
    searching_ = false;
    forget_screen();
    on_fresh_row_ = true;
}

line_editor::event line_editor::take(char byte) {
    switch (state_) {
    case state::plain:
        return take_plain(static_cast<unsigned char>(byte));
    case state::escape:
        take_escape(byte);
        break;
    case state::bracket:
        take_bracket(byte);
        break;
    case state::utf8:
        point_ += byte;
        if (!continues_point(byte) || point_.size() == point_size_) {
            state_ = state::plain;
            if (searching_) {
                sought_ += point_;
                search_again(history_.entries().size());
            } else {
                insert(point_);
            }
        }
        break;
    }
    return event::none;
}

line_editor::event line_editor::take_plain(unsigned char byte) {
    if (byte >= 0xc0) {
        point_.assign(1, static_cast<char>(byte));
        point_size_ = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        state_ = state::utf8;
        return event::none;
    }
    if (byte == 0x1b) {
        end_search();
        state_ = state::escape;
        return event::none;
    }
    if (byte == '\r' || byte == '\n') {
        end_search();
        return event::line;
    }
    if (byte == control('C')) {
        end_search();
        return event::interrupt;
    }
    if (byte == control('R') || searching_) {
        take_search(byte);
        return event::none;
    }
    switch (byte) {
    case control('D'):
        if (line_.empty())
            return event::end;
        erase(cursor_, after(cursor_));
        break;
    case control('A'):
        cursor_ = 0;
        break;
    case control('E'):
        cursor_ = line_.size();
        break;
    case control('B'):
        cursor_ = before(cursor_);
        break;
    case control('F'):
        cursor_ = after(cursor_);
        break;
    case control('P'):
        if (history_at_ > 0)
            show_history(history_at_ - 1);
        break;
    case control('N'):
        if (history_at_ < history_.entries().size())
            show_history(history_at_ + 1);
        break;
    case control('K'):
        cut_ = line_.substr(cursor_);
        erase(cursor_, line_.size());
        break;
    case control('U'):
        cut_ = line_.substr(0, cursor_);
        erase(0, cursor_);
        break;
    case control('W'):
        cut_ = line_.substr(word_before(cursor_), cursor_ - word_before(cursor_));
        erase(word_before(cursor_), cursor_);
        break;
    case control('Y'):
        insert(cut_);
        break;
    case 0x7f:
    case control('H'):
        erase(before(cursor_), cursor_);
        break;
    case control('L'):
        clear_screen_ = true;
        break;
    case '\t':
        // What is pasted stays as it is: it may be inside a string.
        insert(pasting_ ? "\t" : "    ");
        break;
    default:
        if (byte >= 0x20)
            insert(std::string_view(reinterpret_cast<const char*>(&byte), 1));
    }
    return event::none;
}

void line_editor::take_escape(char byte) {
    state_ = state::plain;
    if (byte == '[' || byte == 'O') {
        state_ = state::bracket;
        sequence_.clear();
    } else if (byte == 'b') {
        cursor_ = word_before(cursor_);
    } else if (byte == 'f') {
        cursor_ = word_after(cursor_);
    } else if (byte == 'd') {
        erase(cursor_, word_after(cursor_));
    } else if (byte == 0x7f) {
        erase(word_before(cursor_), cursor_);
    }
}

void line_editor::take_bracket(char byte) {
    sequence_ += byte;
    if (byte < 0x40 || byte > 0x7e) {
        if (sequence_.size() > 16)
            state_ = state::plain;
        return;
    }
    state_ = state::plain;
    if (sequence_ == "A")
        take_plain(control('P'));
    else if (sequence_ == "B")
        take_plain(control('N'));
    else if (sequence_ == "C")
        cursor_ = after(cursor_);
    else if (sequence_ == "D")
        cursor_ = before(cursor_);
    else if (sequence_ == "H" || sequence_ == "1~" || sequence_ == "7~")
        cursor_ = 0;
    else if (sequence_ == "F" || sequence_ == "4~" || sequence_ == "8~")
        cursor_ = line_.size();
    else if (sequence_ == "3~")
        erase(cursor_, after(cursor_));
    else if (sequence_ == "1;5D" || sequence_ == "1;3D")
        cursor_ = word_before(cursor_);
    else if (sequence_ == "1;5C" || sequence_ == "1;3C")
        cursor_ = word_after(cursor_);
    else if (sequence_ == "200~")
        pasting_ = true;
    else if (sequence_ == "201~")
        pasting_ = false;
}

void line_editor::take_search(unsigned char byte) {
    drawn_ = nothing;
    if (byte == control('R')) {
        if (!searching_) {
            searching_ = true;
            sought_.clear();
            kept_ = line_;
            found_at_ = history::npos;
        } else if (found_at_ != history::npos) {
            search_again(found_at_);
        }
    } else if (byte == control('G')) {
        searching_ = false;
        line_ = kept_;
        cursor_ = line_.size();
    } else if (byte == 0x7f || byte == control('H')) {
        while (!sought_.empty() && continues_point(sought_.back()))
            sought_.pop_back();
        if (!sought_.empty())
            sought_.pop_back();
        search_again(history_.entries().size());
    } else if (byte >= 0x20) {
        sought_ += static_cast<char>(byte);
        search_again(history_.entries().size());
    } else {
        searching_ = false;
        take_plain(byte);
    }
}

void line_editor::search_again(std::size_t below) {
    const auto found = history_.search(sought_, below);
    if (sought_.empty() || found == history::npos)
        return;
    found_at_ = found;
    history_at_ = found;
    line_ = history_.entries()[found];
    cursor_ = line_.size();
}

void line_editor::insert(std::string_view text) {
    if (cursor_ != line_.size())
        drawn_ = nothing;
    line_.insert(cursor_, text);
    cursor_ += text.size();
}

void line_editor::erase(std::size_t begin, std::size_t end) {
    drawn_ = nothing;
    line_.erase(begin, end - begin);
    cursor_ = begin;
}

std::size_t line_editor::before(std::size_t at) const noexcept {
    if (at == 0)
        return 0;
    do
        --at;
    while (at > 0 && continues_point(line_[at]));
    return at;
}

std::size_t line_editor::after(std::size_t at) const noexcept {
    if (at >= line_.size())
        return line_.size();
    do
        ++at;
    while (at < line_.size() && continues_point(line_[at]));
    return at;
}

std::size_t line_editor::word_before(std::size_t at) const noexcept {
    while (at > 0 && !is_word(line_[at - 1]))
        --at;
    while (at > 0 && is_word(line_[at - 1]))
        --at;
    return at;
}

std::size_t line_editor::word_after(std::size_t at) const noexcept {
    while (at < line_.size() && !is_word(line_[at]))
        ++at;
    while (at < line_.size() && is_word(line_[at]))
        ++at;
    return at;
}

void line_editor::show_history(std::size_t index) {
    drawn_ = nothing;
    if (history_at_ == history_.entries().size())
        kept_ = line_;
    history_at_ = index;
    line_ = index == history_.entries().size() ? kept_ : history_.entries()[index];
    cursor_ = line_.size();
}

std::string line_editor::shown_prompt() const {
    return searching_ ? "(reverse-i-search)`" + sought_ + "': " : prompt_;
}

void line_editor::end_search() noexcept {
    if (searching_)
        drawn_ = nothing; // the prompt changes
    searching_ = false;
}

std::string line_editor::draw(std::size_t columns) {
    columns = std::max<std::size_t>(columns, 2);
    const bool at_end = cursor_ == line_.size();
    std::string out;
    if (drawn_ != nothing && at_end && columns == drawn_columns_ && !clear_screen_) {
        // Only what was appended, so that a paste of megabytes is not drawn anew for each block.
        out = visible(std::string_view(line_).substr(drawn_));
        drawn_end_ = place_after(out, columns, drawn_end_);
        if (!out.empty() && drawn_end_.column == 0)
            out += " \r";
        drawn_ = line_.size();
        drawn_cursor_row_ = drawn_end_.row;
        return out;
    }
    const auto text = shown_prompt() + visible(line_);
    const auto end = place_after(text, columns);
    const auto at =
        at_end ? end
               : place_after(shown_prompt() + visible(std::string_view(line_).substr(0, cursor_)),
                             columns);
    // A terminal that was resized has wrapped what it shows anew, by now.
    if (drawn_columns_ != 0 && columns != drawn_columns_)
        drawn_cursor_row_ = at.row;
    if (std::exchange(clear_screen_, false))
        out += "\033[H\033[2J";
    else if (drawn_cursor_row_ > 0)
        out += "\033[" + std::to_string(drawn_cursor_row_) + "A";
    if (!std::exchange(on_fresh_row_, false))
        out += "\r\033[J";
    out += text;
    if (end.row > 0 && end.column == 0)
        out += " \r"; // makes the terminal wrap now, where the cursor belongs
    if (end.row > at.row)
        out += "\033[" + std::to_string(end.row - at.row) + "A";
    if (!at_end)
        out += "\r";
    if (!at_end && at.column > 0)
        out += "\033[" + std::to_string(at.column) + "C";
    drawn_cursor_row_ = at.row;
    drawn_ = at_end ? line_.size() : nothing;
    drawn_columns_ = columns;
    drawn_end_ = end;
    return out;
}

std::string line_editor::leave(std::size_t columns) {
    cursor_ = line_.size();
    auto out = draw(columns);
    drawn_ = nothing;
    drawn_cursor_row_ = 0;
    return out;
}

} // namespace cocqlsh
