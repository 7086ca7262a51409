#pragma once

#include <cocql/codec.hpp>
#include <cocql/date.hpp>
#include <cocql/decimal.hpp>
#include <cocql/duration.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>
#include <cocql/value.hpp>
#include <cocql/varint.hpp>

#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cocql {

/// Leaves a marker as it is in the database, or says null, where a value is expected:
/// `execute(update, cocql::unset, 7)`, `execute(update, cocql::null, 7)`.
inline constexpr value::unset unset{};
inline constexpr value::null null{};

namespace detail {

using kind = data_type::kind;

/// Any of the kinds, for codecs of one.
template <kind... Kinds>
struct of_kinds {
    static bool reads(const data_type& type) noexcept { return ((type.which() == Kinds) || ...); }
    static bool writes(const data_type& type) noexcept { return reads(type); }
};

/// Bytes on the wire of an integer type; 0 for the types that are not one.
constexpr std::size_t integer_width(kind which) noexcept {
    switch (which) {
    case kind::tinyint:
        return 1;
    case kind::smallint:
        return 2;
    case kind::int_:
        return 4;
    case kind::bigint:
    case kind::counter:
        return 8;
    default:
        return 0;
    }
}

/// Whether it is an integer type of that width, without asking which one.
template <std::size_t Width>
constexpr bool has_width(kind which) noexcept {
    if constexpr (Width == 8)
        return which == kind::bigint || which == kind::counter;
    else if constexpr (Width == 4)
        return which == kind::int_;
    else
        return which == (Width == 2 ? kind::smallint : kind::tinyint);
}

/// Whether the bytes are UTF-8 (RFC 3629), or ASCII. Most texts are short and plain, and are seen
/// to be by sixteen bytes at a time.
bool is_utf8_slowly(std::span<const std::byte> bytes) noexcept;
inline bool is_ascii(std::span<const std::byte> bytes) noexcept {
    // Of both g++ and clang, for any machine.
    using sixteen [[gnu::vector_size(16)]] = std::uint64_t;
    const auto* at = bytes.data();
    const auto size = bytes.size();
    std::uint64_t seen = 0;
    if (size >= 16) {
        const auto sixteen_at = [](const std::byte* from) {
            sixteen bits;
            std::memcpy(&bits, from, 16);
            return bits;
        };
        auto all = sixteen_at(at + size - 16); // the last ones, some of them for the second time
        std::size_t i = 0;
        for (; i + 64 <= size; i += 64)
            all |= sixteen_at(at + i) | sixteen_at(at + i + 16) | sixteen_at(at + i + 32) |
                   sixteen_at(at + i + 48);
        for (; i + 16 < size; i += 16)
            all |= sixteen_at(at + i);
        seen = all[0] | all[1];
    } else if (size >= 8) {
        std::uint64_t first;
        std::uint64_t last;
        std::memcpy(&first, at, 8);
        std::memcpy(&last, at + size - 8, 8);
        seen = first | last;
    } else {
        for (std::size_t i = 0; i < size; ++i)
            seen |= std::to_integer<std::uint64_t>(at[i]);
    }
    return (seen & 0x8080808080808080u) == 0;
}
inline bool is_text(const data_type& type, std::span<const std::byte> bytes) noexcept {
    if (is_ascii(bytes)) [[likely]]
        return true;
    return type.which() != kind::ascii && is_utf8_slowly(bytes);
}

/// Writes a number as the integer type wants it, if it fits.
void encode_integer(const data_type& type, std::int64_t number, byte_sink& out);
void encode_unsigned(const data_type& type, std::uint64_t number, byte_sink& out);

} // namespace detail

template <>
struct codec<bool> : detail::of_kinds<data_type::kind::boolean> {
    static constexpr std::size_t usual_length = 1;
    static std::string name() { return "bool"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, bool& out) noexcept {
        if (bytes.size() != 1)
            return false;
        out = bytes[0] != std::byte{0};
        return true;
    }
    static void encode(const data_type&, bool item, byte_sink& out) {
        out.put_byte(item ? std::byte{1} : std::byte{0});
    }
};

/// Reads the CQL integers that are not wider, writes any CQL integer that the number fits; unsigned
/// ones are only written.
template <detail::integer Integer>
struct codec<Integer> {
    static constexpr std::size_t usual_length = sizeof(Integer);
    static std::string name() {
        return std::string(std::is_signed_v<Integer> ? "std::int" : "std::uint") +
               std::to_string(8 * sizeof(Integer)) + "_t";
    }
    static bool reads(const data_type& type) noexcept requires std::signed_integral<Integer> {
        if (detail::has_width<sizeof(Integer)>(type.which())) [[likely]]
            return true;
        const auto width = detail::integer_width(type.which());
        return width != 0 && width <= sizeof(Integer);
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       Integer& out) noexcept requires std::signed_integral<Integer> {
        if (bytes.size() == sizeof(Integer) && detail::has_width<sizeof(Integer)>(type.which()))
            [[likely]] {
            out = static_cast<Integer>(detail::load<std::make_unsigned_t<Integer>>(bytes.data()));
            return true;
        }
        if (bytes.size() != detail::integer_width(type.which()))
            return false;
        switch (bytes.size()) {
        case 1:
            out = static_cast<std::int8_t>(bytes[0]);
            return true;
        case 2:
            out = static_cast<Integer>(
                static_cast<std::int16_t>(detail::load<std::uint16_t>(bytes.data())));
            return true;
        default:
            out = static_cast<Integer>(
                static_cast<std::int32_t>(detail::load<std::uint32_t>(bytes.data())));
            return true;
        }
    }
    static bool writes(const data_type& type) noexcept {
        return detail::integer_width(type.which()) != 0 || type.which() == data_type::kind::varint;
    }
    static void encode(const data_type& type, Integer item, byte_sink& out) {
        if (std::is_signed_v<Integer> && sizeof(Integer) == detail::integer_width(type.which()))
            out.put_number(static_cast<std::make_unsigned_t<Integer>>(item));
        else if constexpr (std::is_signed_v<Integer>)
            detail::encode_integer(type, item, out);
        else
            detail::encode_unsigned(type, item, out);
    }
    /// The whole [bytes] of a number that is as wide as its type; false for others.
    static bool encode_at_once(const data_type& type, Integer item,
                               byte_sink& out) requires std::signed_integral<Integer> {
        if (!detail::has_width<sizeof(Integer)>(type.which())) [[unlikely]]
            return false;
        out.put_cell(static_cast<std::make_unsigned_t<Integer>>(item));
        return true;
    }
};

template <>
struct codec<float> : detail::of_kinds<data_type::kind::float_> {
    static constexpr std::size_t usual_length = 4;
    static std::string name() { return "float"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, float& out) noexcept {
        if (bytes.size() != 4)
            return false;
        out = std::bit_cast<float>(detail::load<std::uint32_t>(bytes.data()));
        return true;
    }
    static bool writes(const data_type& type) noexcept {
        return type.which() == data_type::kind::float_ || type.which() == data_type::kind::double_;
    }
    static void encode(const data_type& type, float item, byte_sink& out) {
        if (type.which() == data_type::kind::double_)
            out.put_number(std::bit_cast<std::uint64_t>(static_cast<double>(item)));
        else
            out.put_number(std::bit_cast<std::uint32_t>(item));
    }
};

template <>
struct codec<double> {
    static constexpr std::size_t usual_length = 8;
    static std::string name() { return "double"; }
    static bool reads(const data_type& type) noexcept {
        return type.which() == data_type::kind::double_ || type.which() == data_type::kind::float_;
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       double& out) noexcept {
        if (type.which() == data_type::kind::float_) {
            float narrow = 0;
            if (!codec<float>::decode(type, bytes, narrow))
                return false;
            out = static_cast<double>(narrow);
            return true;
        }
        if (bytes.size() != 8)
            return false;
        out = std::bit_cast<double>(detail::load<std::uint64_t>(bytes.data()));
        return true;
    }
    static bool writes(const data_type& type) noexcept {
        return type.which() == data_type::kind::double_;
    }
    static void encode(const data_type&, double item, byte_sink& out) {
        out.put_number(std::bit_cast<std::uint64_t>(item));
    }
};

/// Borrows from the page.
template <>
struct codec<std::string_view> : detail::of_kinds<data_type::kind::text, data_type::kind::ascii> {
    static constexpr bool reads_empty = true;
    static std::string name() { return "std::string_view"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::string_view& out) noexcept {
        out = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        return detail::is_text(type, bytes);
    }
    static void encode(const data_type& type, std::string_view item, byte_sink& out) {
        const auto bytes = std::as_bytes(std::span(item.data(), item.size()));
        if (!detail::is_text(type, bytes))
            return out.fail(type.which() == data_type::kind::ascii ? "the text is not ASCII"
                                                                   : "the text is not UTF-8");
        out.put(bytes);
    }
};

template <>
struct codec<std::string> : detail::of_kinds<data_type::kind::text, data_type::kind::ascii> {
    static constexpr bool reads_empty = true;
    static std::string name() { return "std::string"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, std::string& out) {
        out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return detail::is_text(type, bytes);
    }
    static void encode(const data_type& type, const std::string& item, byte_sink& out) {
        codec<std::string_view>::encode(type, item, out);
    }
};

/// A literal or a C string; only written.
template <>
struct codec<const char*> {
    static std::string name() { return "const char*"; }
    static bool writes(const data_type& type) noexcept {
        return codec<std::string_view>::writes(type);
    }
    static void encode(const data_type& type, const char* item, byte_sink& out) {
        codec<std::string_view>::encode(type, item, out);
    }
};
template <>
struct codec<char*> : codec<const char*> {};
template <std::size_t Size>
struct codec<char[Size]> : codec<const char*> {};

/// Borrows from the page. Custom types of the server are blobs to us.
template <>
struct codec<std::span<const std::byte>>
    : detail::of_kinds<data_type::kind::blob, data_type::kind::custom> {
    static constexpr bool reads_empty = true;
    static std::string name() { return "std::span<const std::byte>"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes,
                       std::span<const std::byte>& out) noexcept {
        out = bytes;
        return true;
    }
    static void encode(const data_type&, std::span<const std::byte> item, byte_sink& out) {
        out.put(item);
    }
};

template <>
struct codec<std::vector<std::byte>>
    : detail::of_kinds<data_type::kind::blob, data_type::kind::custom> {
    static constexpr bool reads_empty = true;
    static std::string name() { return "std::vector<std::byte>"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes,
                       std::vector<std::byte>& out) {
        out.assign(bytes.begin(), bytes.end());
        return true;
    }
    static void encode(const data_type&, const std::vector<std::byte>& item, byte_sink& out) {
        out.put(std::span<const std::byte>(item));
    }
};

template <>
struct codec<uuid> : detail::of_kinds<data_type::kind::uuid, data_type::kind::timeuuid> {
    static constexpr std::size_t usual_length = 16;
    static std::string name() { return "cocql::uuid"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, uuid& out) noexcept {
        if (bytes.size() != out.bytes.size())
            return false;
        std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
        return true;
    }
    static void encode(const data_type& type, const uuid& item, byte_sink& out) {
        if (type.which() == data_type::kind::timeuuid && item.version() != 1)
            return out.fail(
                "a timeuuid is a uuid of version 1; make one with cocql::time_based_uuid()");
        out.put(std::span<const std::byte>(item.bytes));
    }
};

template <>
struct codec<inet_address> : detail::of_kinds<data_type::kind::inet> {
    static std::string name() { return "cocql::inet_address"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes,
                       inet_address& out) noexcept {
        const auto address = inet_address::from_bytes(bytes);
        if (address)
            out = *address;
        return address.has_value();
    }
    static void encode(const data_type&, const inet_address& item, byte_sink& out) {
        out.put(item.bytes());
    }
};

template <>
struct codec<varint> {
    static std::string name() { return "cocql::varint"; }
    static bool reads(const data_type& type) noexcept {
        return type.which() == data_type::kind::varint || detail::integer_width(type.which()) != 0;
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, varint& out) {
        const auto width = detail::integer_width(type.which());
        if (width != 0 && width != bytes.size())
            return false;
        out = varint::from_bytes(bytes);
        return true;
    }
    static bool writes(const data_type& type) noexcept {
        return type.which() == data_type::kind::varint;
    }
    static void encode(const data_type&, const varint& item, byte_sink& out) {
        out.put(item.bytes());
    }
};

template <>
struct codec<decimal> : detail::of_kinds<data_type::kind::decimal> {
    static std::string name() { return "cocql::decimal"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, decimal& out) {
        if (bytes.size() < 5)
            return false;
        out.scale = static_cast<std::int32_t>(detail::load_length(bytes.data()));
        out.unscaled = varint::from_bytes(bytes.subspan(4));
        return true;
    }
    static void encode(const data_type&, const decimal& item, byte_sink& out) {
        out.put_number(static_cast<std::uint32_t>(item.scale));
        out.put(item.unscaled.bytes());
    }
};

template <>
struct codec<duration> : detail::of_kinds<data_type::kind::duration> {
    static std::string name() { return "cocql::duration"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, duration& out);
    static void encode(const data_type& type, const duration& item, byte_sink& out);
};

template <>
struct codec<date> : detail::of_kinds<data_type::kind::date> {
    static constexpr std::size_t usual_length = 4;
    static std::string name() { return "cocql::date"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, date& out) noexcept {
        if (bytes.size() != 4)
            return false;
        out.raw = detail::load<std::uint32_t>(bytes.data());
        return true;
    }
    static void encode(const data_type&, date item, byte_sink& out) { out.put_number(item.raw); }
};

template <>
struct codec<time> : detail::of_kinds<data_type::kind::time> {
    static constexpr std::size_t usual_length = 8;
    static std::string name() { return "cocql::time"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes, time& out) noexcept {
        if (bytes.size() != 8)
            return false;
        out.nanoseconds = static_cast<std::int64_t>(detail::load<std::uint64_t>(bytes.data()));
        return out.is_within_a_day();
    }
    static void encode(const data_type&, time item, byte_sink& out) {
        if (!item.is_within_a_day())
            return out.fail("a time lies between 0 and 24 hours after midnight");
        out.put_number(static_cast<std::uint64_t>(item.nanoseconds));
    }
};

template <>
struct codec<timestamp> : detail::of_kinds<data_type::kind::timestamp> {
    static constexpr std::size_t usual_length = 8;
    static std::string name() { return "cocql::timestamp"; }
    static bool decode(const data_type&, std::span<const std::byte> bytes,
                       timestamp& out) noexcept {
        if (bytes.size() != 8)
            return false;
        out.milliseconds = static_cast<std::int64_t>(detail::load<std::uint64_t>(bytes.data()));
        return true;
    }
    static void encode(const data_type&, timestamp item, byte_sink& out) {
        out.put_number(static_cast<std::uint64_t>(item.milliseconds));
    }
};

/// Anything, for programs that learn the types as they run.
template <>
struct codec<value> {
    static constexpr bool reads_empty = true;
    static std::string name() { return "cocql::value"; }
    static bool reads(const data_type&) noexcept { return true; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, value& out);
    static bool set_null(const data_type&, value& out) {
        out = value();
        return true;
    }
    static bool writes(const data_type&) noexcept { return true; }
    static bool is_null(const value& item) noexcept { return item.is_null(); }
    static bool is_unset(const value& item) noexcept { return item.is_unset(); }
    static void encode(const data_type& type, const value& item, byte_sink& out);
};

template <>
struct codec<value::null> {
    static std::string name() { return "cocql::null"; }
    static bool writes(const data_type&) noexcept { return true; }
    static bool is_null(value::null) noexcept { return true; }
    static void encode(const data_type&, value::null, byte_sink&) noexcept {}
};

template <>
struct codec<std::nullopt_t> {
    static std::string name() { return "std::nullopt"; }
    static bool writes(const data_type&) noexcept { return true; }
    static bool is_null(std::nullopt_t) noexcept { return true; }
    static void encode(const data_type&, std::nullopt_t, byte_sink&) noexcept {}
};

template <>
struct codec<value::unset> {
    static std::string name() { return "cocql::unset"; }
    static bool writes(const data_type&) noexcept { return true; }
    static bool is_unset(value::unset) noexcept { return true; }
    static void encode(const data_type&, value::unset, byte_sink& out) {
        out.fail("only a whole marker can be unset");
    }
};

/// Null, and values of no bytes where the type has none, are empty optionals.
template <class T>
struct codec<std::optional<T>> {
    static constexpr bool reads_empty = true;
    static constexpr std::size_t usual_length = detail::usual_length<T>();
    static std::string name() { return "std::optional<" + detail::name_of<T>() + ">"; }
    static bool reads(const data_type& type) requires readable<T> { return codec<T>::reads(type); }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::optional<T>& out) requires readable<T> {
        if (!detail::reads_empty<T> && bytes.empty()) {
            out.reset();
            return true;
        }
        return codec<T>::decode(type, bytes, out.emplace());
    }
    static bool set_null(const data_type&, std::optional<T>& out) noexcept {
        out.reset();
        return true;
    }
    static bool writes(const data_type& type) requires writable<T> {
        return codec<T>::writes(type);
    }
    static bool is_null(const std::optional<T>& item) { return !item || detail::is_null(*item); }
    static bool is_unset(const std::optional<T>& item) requires detail::writes_unset<T> {
        return item && codec<T>::is_unset(*item);
    }
    static void encode(const data_type& type, const std::optional<T>& item,
                       byte_sink& out) requires writable<T> {
        codec<T>::encode(type, *item, out);
    }
};

} // namespace cocql
