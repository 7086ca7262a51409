#include <cocql/varint.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>

namespace cocql {

namespace {

using boost::multiprecision::cpp_int;

bool is_negative(std::span<const std::byte> bytes) noexcept {
    return !bytes.empty() && (bytes.front() & std::byte{0x80}) != std::byte{0};
}

} // namespace

varint::varint(std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    std::vector<std::byte> bytes(8);
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::byte>((bits >> (56 - 8 * i)) & 0xff);
    *this = from_bytes(bytes);
}

varint varint::from_bytes(std::span<const std::byte> bytes) {
    if (bytes.empty())
        return varint();
    const auto sign = is_negative(bytes) ? std::byte{0xff} : std::byte{0};
    while (bytes.size() > 1 && bytes.front() == sign &&
           is_negative(bytes.subspan(1)) == is_negative(bytes))
        bytes = bytes.subspan(1);
    return varint(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

std::optional<varint> varint::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.empty() ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    // A leading zero would make the number octal.
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
    cpp_int magnitude{std::string(text)};
    if (negative && magnitude != 0)
        magnitude -= 1; // two's complement: the bits of |n| - 1, inverted
    else if (magnitude == 0)
        return varint();
    std::vector<unsigned char> raw;
    export_bits(magnitude, std::back_inserter(raw), 8);
    std::vector<std::byte> bytes;
    bytes.push_back(negative ? std::byte{0xff} : std::byte{0});
    for (const auto byte : raw)
        bytes.push_back(negative ? ~static_cast<std::byte>(byte) : static_cast<std::byte>(byte));
    return from_bytes(bytes);
}

std::string varint::to_string() const {
    const bool negative = is_negative(bytes_);
    std::vector<unsigned char> raw;
    raw.reserve(bytes_.size());
    for (const auto byte : bytes_)
        raw.push_back(std::to_integer<unsigned char>(negative ? ~byte : byte));
    cpp_int magnitude;
    import_bits(magnitude, raw.begin(), raw.end(), 8);
    if (negative)
        magnitude += 1;
    return (negative ? "-" : "") + magnitude.str();
}

} // namespace cocql
