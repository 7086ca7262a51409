#include "result_printer.hpp"

#include "value_painter.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

std::vector<std::size_t> widths_of(const std::vector<painted>& row) {
    std::vector<std::size_t> widths;
    for (const auto& each : row)
        widths.push_back(each.width());
    return widths;
}

} // namespace

cell result_printer::name_of(const cocql::column& column) const {
    const auto escaped = cocql::format(cocql::data_type::kind::text, cocql::value(column.name));
    if (!out_.is_coloured())
        return cell(escaped, colour::none);
    const auto which = roles_ != nullptr ? roles_->colour_of(column) : colour::magenta;
    return cell(painted_text(out_, escaped, which));
}

cell result_printer::value_of(const cocql::value_view& view, const cocql::value& decoded) const {
    if (!out_.is_coloured())
        return cell(style_.text(view.type(), decoded), colour::none);
    return cell(painted_value(out_, view.type(), decoded, style_));
}

std::vector<painted> result_printer::painted_row(std::vector<cell> row) const {
    std::vector<painted> ready;
    ready.reserve(row.size());
    for (auto& each : row)
        ready.push_back(each.ready ? std::move(*each.ready) : out_.paint(each.text, each.paint));
    return ready;
}

std::vector<std::vector<cell>> result_printer::cells_of(const cocql::page& page) {
    std::vector<std::vector<cell>> rows;
    rows.reserve(page.size());
    for (const auto row : page.rows()) {
        if (out_.is_interrupted())
            break;
        auto& cells = rows.emplace_back();
        std::size_t column = 0;
        for (const auto& view : row.cells()) {
            if (view.is_null()) {
                cells.emplace_back("null", colour::red);
            } else if (const auto decoded = view.decode(); decoded) {
                cells.push_back(value_of(view, *decoded));
            } else {
                // Its bytes are all there is to show.
                const auto bytes = view.bytes();
                const cocql::value::blob blob(bytes.begin(), bytes.end());
                cells.emplace_back(cocql::format(cocql::data_type::kind::blob, cocql::value(blob)),
                                   colour::red);
                undecodable_.push_back("row " + std::to_string(rows_ + rows.size()) + ", column '" +
                                       page.columns()[column].name +
                                       "': " + std::string(decoded.error().message()));
            }
            ++column;
        }
    }
    return rows;
}

void result_printer::print(const cocql::page& page) {
    if (first_)
        out_.line("");
    std::vector<cell> names;
    for (const auto& column : page.columns())
        names.push_back(name_of(column));
    auto rows = cells_of(page);
    const auto count = rows.size();
    if (count != 0 || first_) {
        if (expanded_ && count != 0)
            print_expanded(std::move(names), std::move(rows));
        else
            print_table(std::move(names), std::move(rows));
    }
    first_ = false;
    rows_ += count;
}

void result_printer::print(const std::vector<std::string>& names,
                           const std::vector<std::vector<cell>>& rows) {
    std::vector<cell> coloured;
    for (const auto& name : names)
        coloured.emplace_back(name, colour::magenta);
    if (expanded_ && !rows.empty())
        print_expanded(std::move(coloured), rows);
    else
        print_table(std::move(coloured), rows);
}

void result_printer::print_table(std::vector<cell> names, std::vector<std::vector<cell>> rows) {
    const auto header_row = painted_row(std::move(names));
    auto widths = widths_of(header_row);
    std::vector<std::vector<painted>> ready;
    ready.reserve(rows.size());
    for (auto& row : rows) {
        if (out_.is_interrupted())
            return;
        const auto& cells = ready.emplace_back(painted_row(std::move(row)));
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], cells[i].width());
    }
    if (first_ || terminal_) {
        painted header(out_.shown_as());
        std::string rule;
        for (std::size_t i = 0; i < header_row.size(); ++i) {
            header.add(i == 0 ? " " : " | ").add(header_row[i]);
            header.add_blanks(widths[i] - header_row[i].width());
            rule += (i == 0 ? "-" : "-+-") + std::string(widths[i], '-');
        }
        header.drop_blanks_at_end();
        out_.line(header);
        out_.line(rule + "-");
    }
    for (const auto& row : ready) {
        if (out_.is_interrupted())
            return;
        painted line(out_.shown_as());
        for (std::size_t i = 0; i < row.size(); ++i)
            line.add(i == 0 ? " " : " | ").add_blanks(widths[i] - row[i].width()).add(row[i]);
        out_.line(line);
    }
    if (terminal_ || ready.empty())
        out_.line("");
}

void result_printer::print_expanded(std::vector<cell> names, std::vector<std::vector<cell>> rows) {
    const auto name_row = painted_row(std::move(names));
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto width : widths_of(name_row))
        name_width = std::max(name_width, width);
    std::vector<std::vector<painted>> ready;
    ready.reserve(rows.size());
    for (auto& row : rows) {
        if (out_.is_interrupted())
            return;
        for (const auto width : widths_of(ready.emplace_back(painted_row(std::move(row)))))
            value_width = std::max(value_width, width);
    }
    for (std::size_t r = 0; r < ready.size(); ++r) {
        if (out_.is_interrupted())
            return;
        out_.line("@ Row " + std::to_string(rows_ + r + 1));
        out_.line("-" + std::string(name_width, '-') + "-+-" + std::string(value_width, '-') + "-");
        for (std::size_t i = 0; i < ready[r].size(); ++i) {
            painted line(out_.shown_as());
            line.add(" ").add(name_row[i]).add_blanks(name_width - name_row[i].width());
            out_.line(line.add(" | ").add(ready[r][i]));
        }
        out_.line("");
    }
}

void result_printer::finish() {
    if (!terminal_)
        out_.line("");
    out_.line("(" + std::to_string(rows_) + " rows)");
    finish_uncounted();
}

void result_printer::finish_uncounted() {
    constexpr std::size_t shown = 2;
    for (std::size_t i = 0; i < std::min(undecodable_.size(), shown); ++i)
        out_.error("undecodable: " + undecodable_[i]);
    if (undecodable_.size() > shown)
        out_.error(std::to_string(undecodable_.size() - shown) +
                   " more undecodable cells suppressed");
}

} // namespace cocqlsh
