#include "description.hpp"

#include "cells.hpp"
#include "text.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

constexpr std::size_t screen_width = 80;
constexpr std::size_t gap = 2;

/// The widths of the columns, when names of these widths stand in so many rows; nothing if they do
/// not fit the screen. Looks at no more names than that takes.
std::vector<std::size_t> fitting_columns(const std::vector<std::size_t>& widths, std::size_t rows) {
    std::vector<std::size_t> columns;
    std::size_t total = 0;
    for (std::size_t at = 0; at < widths.size(); at += rows) {
        total += at == 0 ? 0 : gap;
        std::size_t width = 0;
        for (std::size_t i = at; i < std::min(at + rows, widths.size()); ++i) {
            width = std::max(width, widths[i]);
            if (total + width > screen_width)
                return {};
        }
        total += width;
        columns.push_back(width);
    }
    return columns;
}

void print_names(output& out, const std::vector<std::string>& names) {
    for (const auto& row : in_columns(names))
        out.note(row);
}

void print_lists(output& out, const cocql::page& page, bool keyspace_in_use) {
    std::string keyspace;
    std::vector<std::string> names;
    const auto print = [&] {
        out.note("");
        if (!keyspace_in_use) {
            out.note("Keyspace " + keyspace);
            out.note(std::string(9 + display_width(keyspace), '-'));
        }
        print_names(out, names);
    };
    for (const auto row : page.rows()) {
        const auto owner = text_of(row["keyspace_name"]);
        if (!names.empty() && owner != keyspace) {
            print();
            names.clear();
        }
        keyspace = owner;
        names.push_back(text_of(row["name"]));
    }
    if (names.empty())
        return;
    print();
    out.note("");
}

void print_ranges(output& out, const cocql::value_view& view) {
    const auto decoded = view.decode();
    const auto* ranges = decoded ? decoded->get<cocql::value::mapping>() : nullptr;
    if (ranges == nullptr)
        return;
    out.note("Range ownership:");
    for (const auto& [token, hosts] : *ranges) {
        const auto* begin = token.get<std::string>();
        std::string line = begin != nullptr ? *begin : std::string();
        line = " " + std::string(39 - std::min<std::size_t>(39, line.size()), ' ') + line + "  [";
        if (const auto* list = hosts.get<cocql::value::sequence>(); list != nullptr)
            for (std::size_t i = 0; i < list->size(); ++i) {
                const auto* host = (*list)[i].get<std::string>();
                line += (i == 0 ? "" : ", ") + (host != nullptr ? *host : std::string());
            }
        out.note(line + "]");
    }
    out.note("");
}

void print_cluster(output& out, const cocql::page& page) {
    for (const auto row : page.rows()) {
        out.note("");
        out.note("Cluster: " + text_of(row["cluster"]));
        out.note("Partitioner: " + text_of(page, row, "partitioner"));
        if (has_column(page, "snitch"))
            out.note("Snitch: " + text_of(row["snitch"]));
        out.note("");
        if (has_column(page, "range_ownership"))
            print_ranges(out, row["range_ownership"]);
    }
}

} // namespace

std::vector<std::string> in_columns(const std::vector<std::string>& names) {
    const auto count = names.size();
    std::vector<std::size_t> widths;
    widths.reserve(count);
    for (const auto& name : names)
        widths.push_back(display_width(name));
    std::vector<std::size_t> columns;
    std::size_t rows = 1;
    while (rows <= count && (columns = fitting_columns(widths, rows)).empty())
        ++rows;
    if (columns.size() <= 1) {
        columns.assign(1, 0); // nothing stands to the right of it
        rows = count;
    }
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < rows; ++row) {
        std::string line;
        for (std::size_t i = row, column = 0; i < count; i += rows, ++column)
            line += (column == 0 ? "" : std::string(gap, ' ')) + names[i] +
                    std::string(columns[column] - std::min(columns[column], widths[i]), ' ');
        lines.push_back(std::move(line));
    }
    return lines;
}

void print_description(output& out, const cocql::page& page, std::string_view what,
                       bool keyspace_in_use) {
    if (what == "CLUSTER" && has_column(page, "cluster")) {
        print_cluster(out, page);
    } else if (has_column(page, "create_statement")) {
        for (const auto row : page.rows()) {
            out.line("");
            out.lines(text_of(row["create_statement"]));
        }
    } else if (what == "KEYSPACES" && has_column(page, "name")) {
        std::vector<std::string> names;
        for (const auto row : page.rows())
            names.push_back(text_of(row["name"]));
        out.note("");
        print_names(out, names);
        out.note("");
    } else if (has_column(page, "keyspace_name") && has_column(page, "name")) {
        print_lists(out, page, keyspace_in_use);
    } else {
        // Nothing that is known today: as it came.
        for (const auto row : page.rows())
            for (const auto& view : row.cells())
                out.line(text_of(view));
    }
}

} // namespace cocqlsh
