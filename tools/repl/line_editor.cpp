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

/// Before the second line of an entry and those after it, as where they were typed.
constexpr std::string_view continued = "   ... ";
constexpr std::string_view next_row = "\r\n";

std::string on_screen(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0;;) {
        const auto end = std::min(text.find('\n', begin), text.size());
        out += visible(text.substr(begin, end - begin));
        if (end == text.size())
            return out;
        out.append(next_row).append(continued);
        begin = end + 1;
    }
}

/// Where the cursor stands after what on_screen() gave.
screen_place place_on_screen(std::string_view shown, std::size_t columns,
                             screen_place at = screen_place()) noexcept {
    for (std::size_t begin = 0;;) {
        const auto end = std::min(shown.find(next_row, begin), shown.size());
        const auto before = at;
        at = place_after(shown.substr(begin, end - begin), columns, at);
        if (end == shown.size())
            return at;
        // A terminal whose row is just full goes to the next one with what follows, not before.
        const bool is_just_full = at.column == 0 && at.row != before.row;
        at = {at.row + (is_just_full ? 0 : 1), 0};
        begin = end + next_row.size();
    }
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
    if (state_ == state::plain && byte != 0x1b)
        is_in_history_ = false; // unless it is shown by this key
    switch (state_) {
    case state::plain:
        break;
    case state::escape:
        return take_escape(byte);
    case state::bracket:
        if (byte >= 0x20 && byte < 0x7f) {
            take_bracket(byte);
            return event::none;
        }
        state_ = state::plain; // a sequence that was cut short, and a key
        break;
    case state::utf8:
        if (continues_point(byte)) {
            point_ += byte;
            if (point_.size() == point_size_)
                take_point();
            return event::none;
        }
        take_point(); // or what there is of it
        break;
    }
    return take_plain(static_cast<unsigned char>(byte));
}

void line_editor::take_point() {
    state_ = state::plain;
    if (searching_) {
        sought_ += point_;
        search_again(history_.entries().size());
    } else {
        insert(point_);
    }
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
        pasting_ = false; // its end may have been lost
        return event::interrupt;
    }
    if (pasting_ && byte != '\t' && (byte < 0x20 || byte == 0x7f))
        return event::none;
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
        cursor_ = begin_of_row(cursor_);
        break;
    case control('E'):
        cursor_ = end_of_row(cursor_);
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
        cut(cursor_, std::max(end_of_row(cursor_), after(cursor_)));
        break;
    case control('U'):
        cut(std::min(begin_of_row(cursor_), before(cursor_)), cursor_);
        break;
    case control('W'):
        cut(word_before(cursor_), cursor_);
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

line_editor::event line_editor::take_escape(char byte) {
    if (byte == 0x1b)
        return event::none;
    state_ = state::plain;
    if (byte == '[' || byte == 'O') {
        state_ = state::bracket;
        sequence_.clear();
        return event::none;
    }
    if (pasting_)
        return take_plain(static_cast<unsigned char>(byte));
    is_in_history_ = false;
    if (byte == 'b') {
        cursor_ = word_before(cursor_);
    } else if (byte == 'f') {
        cursor_ = word_after(cursor_);
    } else if (byte == 'd') {
        erase(cursor_, word_after(cursor_));
    } else if (byte == 0x7f) {
        erase(word_before(cursor_), cursor_);
    } else if (byte == '\r' || byte == '\n') {
        insert("\n");
    }
    return event::none;
}

void line_editor::take_bracket(char byte) {
    sequence_ += byte;
    if (byte < 0x40 || sequence_ == "[") { // `[[A`: F1 of the Linux console
        if (sequence_.size() > 16)
            state_ = state::plain;
        return;
    }
    state_ = state::plain;
    const bool was_in_history = std::exchange(is_in_history_, false);
    if (pasting_)
        pasting_ = sequence_ != "201~";
    else if (sequence_ == "A")
        move_up(was_in_history);
    else if (sequence_ == "B")
        move_down(was_in_history);
    else if (sequence_ == "C")
        cursor_ = after(cursor_);
    else if (sequence_ == "D")
        cursor_ = before(cursor_);
    else if (sequence_ == "H" || sequence_ == "1~" || sequence_ == "7~")
        cursor_ = begin_of_row(cursor_);
    else if (sequence_ == "F" || sequence_ == "4~" || sequence_ == "8~")
        cursor_ = end_of_row(cursor_);
    else if (sequence_ == "3~")
        erase(cursor_, after(cursor_));
    else if (sequence_ == "1;5D" || sequence_ == "1;3D")
        cursor_ = word_before(cursor_);
    else if (sequence_ == "1;5C" || sequence_ == "1;3C")
        cursor_ = word_after(cursor_);
    else if (sequence_ == "200~")
        pasting_ = true;
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
    drawn_ = nothing; // the prompt shows what is sought
    const auto found = history_.search(sought_, below);
    if (sought_.empty() || found == history::npos)
        return;
    found_at_ = found;
    history_at_ = found;
    line_ = history_.entries()[found];
    cursor_ = line_.size();
    is_in_history_ = true;
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

void line_editor::cut(std::size_t begin, std::size_t end) {
    cut_ = line_.substr(begin, end - begin);
    erase(begin, end);
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
    is_in_history_ = true;
}

std::size_t line_editor::begin_of_row(std::size_t at) const noexcept {
    const auto end = at == 0 ? line_.npos : line_.rfind('\n', at - 1);
    return end == line_.npos ? 0 : end + 1;
}

std::size_t line_editor::end_of_row(std::size_t at) const noexcept {
    return std::min(line_.find('\n', at), line_.size());
}

/// The same number of characters into a row that begins at `begin` as the cursor is into its own.
std::size_t line_editor::below_cursor(std::size_t begin) const noexcept {
    const auto end = end_of_row(begin);
    auto at = begin;
    for (auto passed = begin_of_row(cursor_); passed < cursor_ && at < end; passed = after(passed))
        at = after(at);
    return at;
}

/// From entry to entry where that is what was done last, else from row to row.
void line_editor::move_up(bool was_in_history) {
    const auto begin = begin_of_row(cursor_);
    if (!was_in_history && begin > 0)
        cursor_ = below_cursor(begin_of_row(begin - 1));
    else
        take_plain(control('P'));
}

void line_editor::move_down(bool was_in_history) {
    const auto end = end_of_row(cursor_);
    if (!was_in_history && end < line_.size())
        cursor_ = below_cursor(end + 1);
    else
        take_plain(control('N'));
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
    if (drawn_ != nothing && at_end && columns == drawn_columns_ && !clear_screen_ &&
        line_.find('\n', drawn_) == line_.npos) {
        // Only what was appended, so that a paste of megabytes is not drawn anew for each block.
        out = visible(std::string_view(line_).substr(drawn_));
        drawn_end_ = place_after(out, columns, drawn_end_);
        if (!out.empty() && drawn_end_.column == 0)
            out += " \r";
        drawn_ = line_.size();
        drawn_cursor_row_ = drawn_end_.row;
        return out;
    }
    const auto text = shown_prompt() + on_screen(line_);
    const auto end = place_on_screen(text, columns);
    const auto before_cursor = std::string_view(line_).substr(0, cursor_);
    const auto at =
        at_end ? end : place_on_screen(shown_prompt() + on_screen(before_cursor), columns);
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
