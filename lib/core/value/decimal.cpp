#include <cocql/decimal.hpp>

#include <charconv>

namespace cocql {

std::optional<decimal> decimal::parse(std::string_view text) {
    std::int64_t exponent = 0;
    if (const auto e = text.find_first_of("eE"); e != text.npos) {
        auto digits = text.substr(e + 1);
        if (digits.starts_with('+') && !digits.starts_with("+-"))
            digits.remove_prefix(1);
        const auto [end, failed] =
            std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (failed != std::errc() || end != digits.data() + digits.size() ||
            exponent > 2 * std::int64_t{INT32_MAX} || exponent < 2 * std::int64_t{INT32_MIN})
            return std::nullopt;
        text = text.substr(0, e);
    }
    std::string digits(text);
    std::int64_t scale = 0;
    if (const auto point = digits.find('.'); point != digits.npos) {
        scale = static_cast<std::int64_t>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    scale -= exponent;
    auto unscaled = varint::parse(digits);
    if (!unscaled || scale > INT32_MAX || scale < INT32_MIN)
        return std::nullopt;
    return decimal{std::move(*unscaled), static_cast<std::int32_t>(scale)};
}

std::string decimal::to_string() const {
    auto digits = unscaled.to_string();
    std::string sign;
    if (digits.starts_with('-')) {
        sign = "-";
        digits.erase(0, 1);
    }
    const auto length = static_cast<std::int64_t>(digits.size());
    const std::int64_t adjusted = length - 1 - std::int64_t{scale};
    if (scale == 0)
        return sign + digits;
    if (scale > 0 && adjusted >= -6) {
        if (length > scale)
            digits.insert(static_cast<std::size_t>(length - scale), ".");
        else
            digits.insert(0, "0." + std::string(static_cast<std::size_t>(scale - length), '0'));
        return sign + digits;
    }
    if (length > 1)
        digits.insert(1, ".");
    return sign + digits + "E" + (adjusted >= 0 ? "+" : "") + std::to_string(adjusted);
}

} // namespace cocql
