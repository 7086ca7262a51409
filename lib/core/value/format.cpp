#include <cocql/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cocql {

namespace {

using kind = data_type::kind;

constexpr char digits[] = "0123456789abcdef";

/// Control characters as escapes, so that a value stays on its line.
void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
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
            out += "\\\\";
            break;
        default:
            if (code < 0x20 || code == 0x7f) {
                out += "\\x";
                out += digits[code >> 4];
                out += digits[code & 15];
            } else {
                out += c;
            }
        }
    }
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    append_escaped(out, text);
    for (std::size_t at = 1; (at = out.find('\'', at)) != out.npos; at += 2)
        out.insert(at, 1, '\'');
    return out + "'";
}

/// cqlsh's rule: as many significant digits as asked for, raised so that five decimals show.
std::string number_text(double number, int precision) {
    if (std::isnan(number))
        return "NaN";
    if (std::isinf(number))
        return number < 0 ? "-Infinity" : "Infinity";
    const auto magnitude = std::fabs(number);
    const int exponent = magnitude > 0 ? static_cast<int>(std::floor(std::log10(magnitude))) : 0;
    if (exponent > -4 && exponent < precision + exponent + 1 && exponent >= -4 && exponent < 15)
        precision = std::max(precision, std::min(precision + std::max(exponent, 0) + 1, 17));
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", precision, number);
    return text;
}

std::string blob_text(const value::blob& bytes) {
    std::string text = "0x";
    text.reserve(2 + 2 * bytes.size());
    for (const auto byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15u];
    }
    return text;
}

std::string nested(const data_type& type, const value& item, const format_options& options);

std::string joined(const data_type& type, const value::sequence& elements, char open, char close,
                   const format_options& options) {
    std::string text(1, open);
    const bool one_type = type.which() != kind::tuple && type.which() != kind::udt;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i != 0)
            text += ", ";
        if (type.which() == kind::udt)
            text += type.field_names()[i] + ": ";
        text += nested(type.parameters()[one_type ? 0 : i], elements[i], options);
    }
    return text + close;
}

std::string map_text(const data_type& type, const value::mapping& entries,
                     const format_options& options) {
    std::string text = "{";
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i != 0)
            text += ", ";
        text += nested(type.parameters()[0], entries[i].first, options) + ": " +
                nested(type.parameters()[1], entries[i].second, options);
    }
    return text + "}";
}

struct formatter {
    const data_type& type;
    const format_options& options;

    std::string operator()(value::null) const { return "null"; }
    std::string operator()(value::unset) const { return "unset"; }
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
        append_escaped(out, text);
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

/// Inside a collection text, dates and times are quoted, so that what is shown can be typed again.
std::string nested(const data_type& type, const value& item, const format_options& options) {
    if (const auto* text = item.get<std::string>())
        return quoted(*text);
    if (item.get<timestamp>() != nullptr || item.get<date>() != nullptr ||
        item.get<cocql::time>() != nullptr || item.get<inet_address>() != nullptr)
        return "'" + format(type, item, options) + "'";
    return format(type, item, options);
}

} // namespace

std::string format(const data_type& type, const value& item, const format_options& options) {
    return std::visit(formatter{type, options}, item.content());
}

} // namespace cocql
