#include "core/value/type_rules.hpp"

#include <algorithm>
#include <limits>

namespace cocql::values {

bool is_whole(const data_type& type) noexcept {
    switch (type.which()) {
    case data_type::kind::list:
    case data_type::kind::set:
        return type.parameters().size() == 1;
    case data_type::kind::vector:
        return type.parameters().size() == 1 && type.dimension() != 0;
    case data_type::kind::map:
        return type.parameters().size() == 2;
    case data_type::kind::udt:
        return type.field_names().size() == type.parameters().size();
    default:
        return true;
    }
}

bool is_one_sign(const duration& span) noexcept {
    const bool negative = span.months < 0 || span.days < 0 || span.nanoseconds < 0;
    const bool positive = span.months > 0 || span.days > 0 || span.nanoseconds > 0;
    return !(negative && positive);
}

bool is_utf8(std::span<const std::byte> bytes) noexcept {
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = at(i);
        std::size_t more = 0;
        unsigned least = 0x80;
        unsigned most = 0xbf;
        if (lead < 0x80)
            more = 0;
        else if (lead >= 0xc2 && lead <= 0xdf)
            more = 1;
        else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            least = lead == 0xe0 ? 0xa0 : 0x80;
            most = lead == 0xed ? 0x9f : 0xbf;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            least = lead == 0xf0 ? 0x90 : 0x80;
            most = lead == 0xf4 ? 0x8f : 0xbf;
        } else
            return false;
        if (bytes.size() - i <= more)
            return false;
        for (std::size_t k = 1; k <= more; ++k) {
            const auto next = at(i + k);
            if (next < (k == 1 ? least : 0x80u) || next > (k == 1 ? most : 0xbfu))
                return false;
        }
        i += more + 1;
    }
    return true;
}

bool is_ascii(std::span<const std::byte> bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](std::byte byte) { return (byte & std::byte{0x80}) == std::byte{0}; });
}

namespace {

/// A product too large to be true is one that no bytes will match.
std::size_t vector_width(const data_type& vector) noexcept {
    if (vector.parameters().size() != 1)
        return 0;
    std::size_t width = 0;
    if (__builtin_mul_overflow(vector_element_width(vector.parameters()[0]),
                               std::size_t{vector.dimension()}, &width))
        return std::numeric_limits<std::size_t>::max();
    return width;
}

} // namespace

std::size_t vector_element_width(const data_type& element) noexcept {
    using kind = data_type::kind;
    switch (element.which()) {
    case kind::boolean:
        return 1;
    case kind::int_:
    case kind::float_:
        return 4;
    case kind::bigint:
    case kind::double_:
    case kind::timestamp:
        return 8;
    case kind::uuid:
    case kind::timeuuid:
        return 16;
    case kind::vector:
        return vector_width(element);
    default:
        return 0;
    }
}

} // namespace cocql::values
