#include "result_printer.hpp"

#include "text.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

using kind = cocql::data_type::kind;

colour colour_of(const cocql::data_type& type) {
    switch (type.which()) {
    case kind::ascii:
    case kind::text:
        return colour::yellow;
    case kind::blob:
    case kind::custom:
        return colour::dark_magenta;
    case kind::list:
    case kind::set:
    case kind::map:
    case kind::tuple:
    case kind::udt:
        return colour::blue;
    default:
        return colour::green;
    }
}

std::string padding(std::size_t width, std::string_view text) {
    const auto taken = display_width(text);
    return std::string(width > taken ? width - taken : 0, ' ');
}

std::string without_trailing_blanks(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace

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
                cells.emplace_back(cocql::format(view.type(), *decoded),
                                   decoded->is_null() ? colour::red : colour_of(view.type()));
            } else {
                cells.emplace_back("<undecodable>", colour::red);
                undecodable_.push_back("row " + std::to_string(rows_ + rows.size()) + ", column '" +
                                       page.columns()[column].name + "': " +
                                       std::string(decoded.error().message()));
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
        names.emplace_back(column.name, colour::magenta);
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
            header += (i == 0 ? " " : " | ") + out_.paint(names[i].text, names[i].paint) +
                      padding(widths[i], names[i].text);
            rule += (i == 0 ? "-" : "-+-") + std::string(widths[i], '-');
        }
        out_.line(without_trailing_blanks(header));
        out_.line(rule + "-");
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += (i == 0 ? " " : " | ") + padding(widths[i], row[i].text) +
                    out_.paint(row[i].text, row[i].paint);
        out_.line(line);
    }
    if (terminal_ && !rows.empty())
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
            out_.line(" " + out_.paint(names[i].text, names[i].paint) +
                      padding(name_width, names[i].text) + " | " +
                      out_.paint(rows[r][i].text, rows[r][i].paint));
        out_.line("");
    }
}

void result_printer::finish() {
    if (rows_ == 0 || !terminal_)
        out_.line("");
    out_.line("(" + std::to_string(rows_) + " rows)");
    constexpr std::size_t shown = 2;
    for (std::size_t i = 0; i < std::min(undecodable_.size(), shown); ++i)
        out_.error("undecodable: " + undecodable_[i]);
    if (undecodable_.size() > shown)
        out_.error(std::to_string(undecodable_.size() - shown) + " more undecodable cells suppressed");
}

} // namespace cocqlsh
