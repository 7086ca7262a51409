#include "line_editor.hpp"

#include "screen_text.hpp"

#include <algorithm>
#include <utility>

namespace cocqlsh {

namespace {

constexpr unsigned char control(char letter) {
    return static_cast<unsigned char>(letter & 0x1f);
}

bool continues_point(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

} // namespace

void line_editor::begin(std::string prompt) {
    prompt_ = std::move(prompt);
    line_.set({});
    kept_.clear();
    history_at_ = history_.entries().size();
    searching_ = false;
    drawn_.forget(true);
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
        if (line_.text().empty())
            return event::end;
        take_out(line_.after());
        break;
    case control('A'):
        line_.move_to(line_.begin_of_line());
        break;
    case control('E'):
        line_.move_to(line_.end_of_line());
        break;
    case control('B'):
        line_.move_to(line_.before());
        break;
    case control('F'):
        line_.move_to(line_.after());
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
        cut_ = take_out(std::max(line_.end_of_line(), line_.after()));
        break;
    case control('U'):
        cut_ = take_out(std::min(line_.begin_of_line(), line_.before()));
        break;
    case control('W'):
        cut_ = take_out(line_.word_before());
        break;
    case control('Y'):
        insert(cut_);
        break;
    case 0x7f:
    case control('H'):
        take_out(line_.before());
        break;
    case control('L'):
        drawn_.clear_screen();
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
        line_.move_to(line_.word_before());
    } else if (byte == 'f') {
        line_.move_to(line_.word_after());
    } else if (byte == 'd') {
        take_out(line_.word_after());
    } else if (byte == 0x7f) {
        take_out(line_.word_before());
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
        line_.move_to(line_.after());
    else if (sequence_ == "D")
        line_.move_to(line_.before());
    else if (sequence_ == "H" || sequence_ == "1~" || sequence_ == "7~")
        line_.move_to(line_.begin_of_line());
    else if (sequence_ == "F" || sequence_ == "4~" || sequence_ == "8~")
        line_.move_to(line_.end_of_line());
    else if (sequence_ == "3~")
        take_out(line_.after());
    else if (sequence_ == "1;5D" || sequence_ == "1;3D")
        line_.move_to(line_.word_before());
    else if (sequence_ == "1;5C" || sequence_ == "1;3C")
        line_.move_to(line_.word_after());
    else if (sequence_ == "200~")
        pasting_ = true;
}

void line_editor::take_search(unsigned char byte) {
    drawn_.change();
    if (byte == control('R')) {
        if (!searching_) {
            searching_ = true;
            sought_.clear();
            kept_ = line_.text();
            found_at_ = history::npos;
        } else if (found_at_ != history::npos) {
            search_again(found_at_);
        }
    } else if (byte == control('G')) {
        searching_ = false;
        line_.set(kept_);
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
    drawn_.change(); // the prompt shows what is sought
    const auto found = history_.search(sought_, below);
    if (sought_.empty() || found == history::npos)
        return;
    found_at_ = found;
    history_at_ = found;
    line_.set(history_.entries()[found]);
    is_in_history_ = true;
}

void line_editor::insert(std::string_view text) {
    if (!line_.is_at_end())
        drawn_.change();
    line_.insert(text);
}

std::string line_editor::take_out(std::size_t place) {
    drawn_.change();
    return line_.take_until(place);
}

void line_editor::show_history(std::size_t index) {
    drawn_.change();
    if (history_at_ == history_.entries().size())
        kept_ = line_.text();
    history_at_ = index;
    line_.set(index == history_.entries().size() ? kept_ : history_.entries()[index]);
    is_in_history_ = true;
}

/// From entry to entry where that is what was done last, else from line to line.
void line_editor::move_up(bool was_in_history) {
    if (was_in_history || !line_.move_up())
        take_plain(control('P'));
}

void line_editor::move_down(bool was_in_history) {
    if (was_in_history || !line_.move_down())
        take_plain(control('N'));
}

std::string line_editor::shown_prompt() const {
    return searching_ ? "(reverse-i-search)`" + visible(sought_) + "': " : prompt_;
}

void line_editor::end_search() noexcept {
    if (searching_)
        drawn_.change(); // the prompt changes
    searching_ = false;
}

std::string line_editor::draw(std::size_t columns) {
    return drawn_.draw(shown_prompt(), line_, columns);
}

std::string line_editor::leave(std::size_t columns) {
    line_.move_to(line_.text().size());
    auto out = draw(columns);
    drawn_.leave();
    return out;
}

} // namespace cocqlsh
