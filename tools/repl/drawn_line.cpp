#include "drawn_line.hpp"

#include <algorithm>
#include <utility>

namespace cocqlsh {

void drawn_line::forget(bool on_fresh_row) noexcept {
    drawn_ = nothing;
    cursor_row_ = 0;
    columns_ = 0;
    on_fresh_row_ = on_fresh_row;
}

void drawn_line::leave() noexcept {
    drawn_ = nothing;
    cursor_row_ = 0;
}

std::string drawn_line::append(std::string_view text) {
    auto out = visible(text);
    end_ = place_after(out, columns_, end_);
    if (!out.empty() && end_.column == 0)
        out += " \r";
    drawn_ += text.size();
    cursor_row_ = end_.row;
    return out;
}

std::string drawn_line::draw(const std::string& prompt, const edited_text& text,
                             std::size_t columns) {
    columns = std::max<std::size_t>(columns, 2);
    const bool at_end = text.is_at_end();
    const std::string_view all = text.text();
    // Only what was appended, so that a paste of megabytes is not drawn anew for each block.
    if (drawn_ != nothing && at_end && columns == columns_ && !clear_screen_ &&
        all.find('\n', drawn_) == all.npos)
        return append(all.substr(drawn_));
    const auto shown = prompt + on_rows(all);
    const auto end = place_after_rows(shown, columns);
    const auto at =
        at_end ? end : place_after_rows(prompt + on_rows(all.substr(0, text.cursor())), columns);
    // A terminal that was resized has wrapped what it shows anew, by now.
    if (columns_ != 0 && columns != columns_)
        cursor_row_ = at.row;
    std::string out;
    if (std::exchange(clear_screen_, false))
        out += "\033[H\033[2J";
    else if (cursor_row_ > 0)
        out += "\033[" + std::to_string(cursor_row_) + "A";
    if (!std::exchange(on_fresh_row_, false))
        out += "\r\033[J";
    out += shown;
    if (end.row > 0 && end.column == 0)
        out += " \r"; // makes the terminal wrap now, where the cursor belongs
    if (end.row > at.row)
        out += "\033[" + std::to_string(end.row - at.row) + "A";
    if (!at_end)
        out += "\r";
    if (!at_end && at.column > 0)
        out += "\033[" + std::to_string(at.column) + "C";
    cursor_row_ = at.row;
    drawn_ = at_end ? all.size() : nothing;
    columns_ = columns;
    end_ = end;
    return out;
}

} // namespace cocqlsh
