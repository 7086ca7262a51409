#include "core/value/hex.hpp"

#include <cocql/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace cocql {

namespace {

using kind = data_type::kind;

void append_code(std::string& out, unsigned code) {
    out += "\\x";
    values::append_hex(out, code);
}

/// Control characters, C1 and the no-break space included, as escapes, so that a value stays on its
/// line.
void append_escaped(std::string& out, std::string_view text, const format_options& options) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto code = static_cast<unsigned char>(c);
        // U+0080 to U+00A0 in UTF-8.
        if (code == 0xc2 && i + 1 < text.size() &&
            static_cast<unsigned char>(text[i + 1]) <= 0xa0) {
            append_code(out, static_cast<unsigned char>(text[++i]));
            continue;
        }
        switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\\':
            out += options.double_backslash ? "\\\\" : "\\";
            break;
        default:
            if (code < 0x20 || code == 0x7f)
                append_code(out, code);
            else
                out += c;
        }
    }
}

std::string quoted(std::string_view text, const format_options& options) {
    std::string doubled;
    for (const char c : text)
        doubled.append(c == '\'' ? 2 : 1, c);
    std::string out = "'";
    append_escaped(out, doubled, options);
    return out + "'";
}

/// cqlsh's rule: `precision` significant digits, and for a number that is shown without an exponent
/// anyway, as many more as it has digits before the point.
std::string number_text(double number, int precision) {
    if (std::isnan(number))
        return "NaN";
    if (std::isinf(number))
        return number < 0 ? "-Infinity" : "Infinity";
    precision = std::clamp(precision, 1, 40);
    if (const auto magnitude = std::fabs(number);
        magnitude > std::numeric_limits<double>::epsilon())
        if (const auto exponent = static_cast<int>(std::log10(magnitude));
            exponent >= -4 && exponent < precision)
            precision += exponent + 1;
    char text[128];
    std::snprintf(text, sizeof text, "%.*g", std::max(precision, 1), number);
    return text;
}

std::string blob_text(const value::blob& bytes) {
    std::string text = "0x";
    text.reserve(2 + 2 * bytes.size());
    for (const auto byte : bytes)
        values::append_hex(text, std::to_integer<unsigned>(byte));
    return text;
}

std::string nested(const data_type& type, const value& item, const format_options& options);

/// The type of a part; a blob's for parts that the type does not have, so that a value shown with
/// another's type is shown all the same.
const data_type& part_type(const data_type& type, std::size_t index) {
    static const data_type unknown = kind::blob;
    return index < type.parameters().size() ? type.parameters()[index] : unknown;
}

std::string joined(const data_type& type, const value::sequence& elements, char open, char close,
                   const format_options& options) {
    std::string text(1, open);
    const bool one_type =
        type.which() == kind::list || type.which() == kind::set || type.which() == kind::vector;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i != 0)
            text += ", ";
        if (i < type.field_names().size())
            text += type.field_names()[i] + ": ";
        text += nested(part_type(type, one_type ? 0 : i), elements[i], options);
    }
    return text + close;
}

std::string map_text(const data_type& type, const value::mapping& entries,
                     const format_options& options) {
    std::string text = "{";
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i != 0)
            text += ", ";
        text += nested(part_type(type, 0), entries[i].first, options) + ": " +
                nested(part_type(type, 1), entries[i].second, options);
    }
    return text + "}";
}

struct formatter {
    const data_type& type;
    const format_options& options;

    std::string operator()(value::null) const { return "null"; }
    std::string operator()(value::unset) const { return "unset"; }
    std::string operator()(value::empty) const { return ""; }
    std::string operator()(bool truth) const { return truth ? "True" : "False"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(float number) const {
        return number_text(static_cast<double>(number), options.float_precision);
    }
    std::string operator()(double number) const {
        return number_text(number, options.double_precision);
    }
    std::string operator()(const std::string& text) const {
        std::string out;
        append_escaped(out, text, options);
        return out;
    }
    std::string operator()(const value::blob& bytes) const { return blob_text(bytes); }
    std::string operator()(const value::sequence& elements) const {
        switch (type.which()) {
        case kind::set:
        case kind::udt:
            return joined(type, elements, '{', '}', options);
        case kind::tuple:
            return joined(type, elements, '(', ')', options);
        default:
            return joined(type, elements, '[', ']', options);
        }
    }
    std::string operator()(const value::mapping& entries) const {
        return map_text(type, entries, options);
    }
    template <class Content>
    std::string operator()(const Content& content) const {
        return content.to_string();
    }
};

/// Inside a collection cqlsh quotes texts, addresses and timestamps, and leaves dates and times
/// bare.
std::string nested(const data_type& type, const value& item, const format_options& options) {
    if (const auto* text = item.get<std::string>())
        return quoted(*text, options);
    if (item.get<timestamp>() != nullptr || item.get<inet_address>() != nullptr)
        return "'" + format(type, item, options) + "'";
    return format(type, item, options);
}

} // namespace

std::string format(const data_type& type, const value& item, const format_options& options) {
    return std::visit(formatter{type, options}, item.content());
}

} // namespace cocql
