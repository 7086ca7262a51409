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
    explicit painter(const output& out) : out_(out) {}

    std::string value(const cocql::data_type& type, const cocql::value& item, bool nested) const {
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
    static std::string plain(const cocql::data_type& type, const cocql::value& item, bool nested) {
        if (!nested)
            return cocql::format(type, item);
        // A list of this one value, without its brackets: quoted as inside any collection.
        const auto list = cocql::format(cocql::data_type::list(type),
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

    std::string mark(std::string_view text) const { return out_.paint(text, colour::blue); }

    std::string sequence(const cocql::data_type& type, const cocql::value::sequence& parts) const {
        const bool braces = type.which() == kind::set || type.which() == kind::udt;
        const bool round = type.which() == kind::tuple;
        std::string text = mark(braces ? "{" : round ? "(" : "[");
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i != 0)
                text += mark(", ");
            if (i < type.field_names().size())
                text += painted_text(out_, type.field_names()[i], colour::yellow) + mark(": ");
            text += value(part(type, i), parts[i], true);
        }
        return text + mark(braces ? "}" : round ? ")" : "]");
    }

    std::string mapping(const cocql::data_type& type, const cocql::value::mapping& entries) const {
        std::string text = mark("{");
        for (std::size_t i = 0; i < entries.size(); ++i)
            text += (i == 0 ? std::string() : mark(", ")) +
                    value(part(type, 0), entries[i].first, true) + mark(": ") +
                    value(part(type, 1), entries[i].second, true);
        return text + mark("}");
    }

    const output& out_;
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

std::string painted_text(const output& out, std::string_view escaped, colour which) {
    const auto begin = out.begin_of(which);
    std::string text(begin);
    for (std::size_t i = 0; i < escaped.size();) {
        if (escaped[i] != '\\' || i + 1 == escaped.size()) {
            text += escaped[i++];
        } else if (escaped[i + 1] == '\\') {
            text += '\\';
            i += 2;
        } else {
            const auto size = escape_size(escaped.substr(i));
            text.append(out.begin_of(colour::dark_magenta)).append(escaped.substr(i, size));
            text += begin;
            i += size;
        }
    }
    return text.append(out.end_of(which));
}

std::string painted_value(const output& out, const cocql::data_type& type,
                          const cocql::value& item) {
    return painter(out).value(type, item, false);
}

} // namespace cocqlsh
