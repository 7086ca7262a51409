#include "result_printer.hpp"

#include "text.hpp"
#include "value_painter.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

std::string padding(std::size_t width, std::string_view text) {
    const auto taken = display_width(text);
    return std::string(width > taken ? width - taken : 0, ' ');
}

/// In colours escapes are told from backslashes by their own.
std::string without_doubling(const cocql::data_type& type, const cocql::value& item) {
    cocql::format_options options;
    options.double_backslash = false;
    return cocql::format(type, item, options);
}

std::string without_trailing_blanks(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace

cell result_printer::name_of(const cocql::column& column) const {
    const auto escaped = cocql::format(cocql::data_type::kind::text, cocql::value(column.name));
    if (!out_.is_coloured())
        return cell(escaped, colour::none);
    const auto which = roles_ != nullptr ? roles_->colour_of(column) : colour::magenta;
    return cell(without_doubling(cocql::data_type::kind::text, cocql::value(column.name)),
                painted_text(out_, escaped, which));
}

cell result_printer::value_of(const cocql::value_view& view, const cocql::value& decoded) const {
    if (!out_.is_coloured())
        return cell(cocql::format(view.type(), decoded), colour::none);
    return cell(without_doubling(view.type(), decoded), painted_value(out_, view.type(), decoded));
}

std::string result_printer::shown(const cell& each) const {
    return each.painted.empty() ? out_.paint(each.text, each.paint) : each.painted;
}

std::vector<std::vector<cell>> result_printer::cells_of(const cocql::page& page) {
    std::vector<std::vector<cell>> rows;
    rows.reserve(page.size());
    for (const auto row : page.rows()) {
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
    const auto rows = cells_of(page);
    if (!rows.empty() || first_) {
        if (expanded_ && !rows.empty())
            print_expanded(names, rows);
        else
            print_table(names, rows);
    }
    first_ = false;
    rows_ += rows.size();
}

void result_printer::print(const std::vector<std::string>& names,
                           const std::vector<std::vector<cell>>& rows) {
    std::vector<cell> painted;
    for (const auto& name : names)
        painted.emplace_back(name, colour::magenta);
    print_table(painted, rows);
}

void result_printer::print_table(const std::vector<cell>& names,
                                 const std::vector<std::vector<cell>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& name : names)
        widths.push_back(display_width(name.text));
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i].text));
    if (first_ || terminal_) {
        std::string header;
        std::string rule;
        for (std::size_t i = 0; i < names.size(); ++i) {
            header += (i == 0 ? " " : " | ") + shown(names[i]) + padding(widths[i], names[i].text);
            rule += (i == 0 ? "-" : "-+-") + std::string(widths[i], '-');
        }
        out_.line(without_trailing_blanks(header));
        out_.line(rule + "-");
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += (i == 0 ? " " : " | ") + padding(widths[i], row[i].text) + shown(row[i]);
        out_.line(line);
    }
    if (terminal_ || rows.empty())
        out_.line("");
}

void result_printer::print_expanded(const std::vector<cell>& names,
                                    const std::vector<std::vector<cell>>& rows) {
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto& name : names)
        name_width = std::max(name_width, display_width(name.text));
    for (const auto& row : rows)
        for (const auto& each : row)
            value_width = std::max(value_width, display_width(each.text));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        out_.line("@ Row " + std::to_string(rows_ + r + 1));
        out_.line("-" + std::string(name_width, '-') + "-+-" + std::string(value_width, '-') + "-");
        for (std::size_t i = 0; i < rows[r].size(); ++i)
            out_.line(" " + shown(names[i]) + padding(name_width, names[i].text) + " | " +
                      shown(rows[r][i]));
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
