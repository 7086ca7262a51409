#include "value_painter.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

using kind = cocql::data_type::kind;

/// How many characters an escape takes: `\n`, `\x85`.
std::size_t escape_size(std::string_view text) noexcept {
    return text.size() > 1 && text[1] == 'x' ? std::min<std::size_t>(4, text.size())
                                             : std::min<std::size_t>(2, text.size());
}

class painter {
  public:
    painter(const output& out, const value_style& style) : out_(out), style_(style) {}

    painted value(const cocql::data_type& type, const cocql::value& item, bool nested) const {
        if (item.is_null())
            return out_.paint("null", colour::red);
        if (item.is_empty())
            return painted_text(out_, "", colour::yellow);
        if (const auto* parts = item.get<cocql::value::sequence>())
            return sequence(type, *parts);
        if (const auto* entries = item.get<cocql::value::mapping>())
            return mapping(type, *entries);
        auto text = plain(type, item, nested);
        if (item.get<std::string>() != nullptr)
            return painted_text(out_, text, colour::yellow);
        return out_.paint(text, colour_of(type));
    }

  private:
    std::string plain(const cocql::data_type& type, const cocql::value& item, bool nested) const {
        if (!nested)
            return style_.text(type, item);
        // A list of this one value, without its brackets: quoted as inside any collection.
        const auto list = style_.text(cocql::data_type::list(type),
                                      cocql::value(cocql::value::sequence(1, item)));
        return list.substr(1, list.size() - 2);
    }

    static const cocql::data_type& part(const cocql::data_type& type, std::size_t index) {
        static const cocql::data_type unknown = kind::blob;
        const bool one_type =
            type.which() == kind::list || type.which() == kind::set || type.which() == kind::vector;
        const auto parameters = type.parameters();
        const auto at = one_type ? 0 : index;
        return at < parameters.size() ? parameters[at] : unknown;
    }

    painted mark(std::string_view text) const { return out_.paint(text, colour::blue); }

    painted sequence(const cocql::data_type& type, const cocql::value::sequence& parts) const {
        const bool braces = type.which() == kind::set || type.which() == kind::udt;
        const bool round = type.which() == kind::tuple;
        auto text = mark(braces ? "{" : round ? "(" : "[");
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i != 0)
                text.add(mark(", "));
            if (i < type.field_names().size())
                text.add(painted_text(out_, type.field_names()[i], colour::yellow)).add(mark(": "));
            text.add(value(part(type, i), parts[i], true));
        }
        return std::move(text.add(mark(braces ? "}" : round ? ")" : "]")));
    }

    painted mapping(const cocql::data_type& type, const cocql::value::mapping& entries) const {
        auto text = mark("{");
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (i != 0)
                text.add(mark(", "));
            text.add(value(part(type, 0), entries[i].first, true)).add(mark(": "));
            text.add(value(part(type, 1), entries[i].second, true));
        }
        return std::move(text.add(mark("}")));
    }

    const output& out_;
    const value_style& style_;
};

} // namespace

colour colour_of(const cocql::data_type& type) noexcept {
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

painted painted_text(const output& out, std::string_view escaped, colour which) {
    painted text(out.shown_as());
    text.begin(which);
    for (std::size_t i = 0; i < escaped.size();) {
        if (escaped[i] != '\\' || i + 1 == escaped.size()) {
            const auto end = std::min(escaped.find('\\', i + 1), escaped.size());
            text.add(escaped.substr(i, end - i));
            i = end;
        } else if (escaped[i + 1] == '\\') {
            text.add("\\");
            i += 2;
        } else {
            const auto size = escape_size(escaped.substr(i));
            text.begin(colour::dark_magenta).add(escaped.substr(i, size)).begin(which);
            i += size;
        }
    }
    return std::move(text.end());
}

painted painted_value(const output& out, const cocql::data_type& type, const cocql::value& item,
                      const value_style& style) {
    return painter(out, style).value(type, item, false);
}

} // namespace cocqlsh
