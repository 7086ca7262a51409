#pragma once

#include <cocql/byte_sink.hpp>
#include <cocql/data_type.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cocql {

/// How a C++ type goes to and from the bytes of a CQL type: the one customisation point. The
/// library specialises it for the types of this table; specialise it for a type of yours, or derive
/// the specialisation from codec_through.
///
///     CQL type                     C++ types, owning and (borrowing from the page)
///     ascii, text                  std::string (std::string_view)
///     blob                         std::vector<std::byte> (std::span<const std::byte>)
///     boolean                      bool
///     tinyint … bigint, counter    std::int8_t … std::int64_t; a wider one too when reading
///     float, double                float, double
///     uuid, timeuuid, inet         cocql::uuid, cocql::inet_address
///     varint, decimal, duration    cocql::varint, cocql::decimal, cocql::duration
///     date                         cocql::date, std::chrono::sys_days, std::chrono::year_month_day
///     time                         cocql::time, std::chrono::nanoseconds
///     timestamp                    cocql::timestamp, std::chrono::sys_time<milliseconds or finer>
///     list, set, vector            std::vector, std::deque, std::list, std::set and unordered_set
///     vector<T, n>                 std::array<T, n> as well
///     map                          std::map, std::unordered_map, std::vector<std::pair<K, V>>
///     tuple                        std::tuple, std::pair
///     a user-defined type          a struct of BOOST_DESCRIBE_STRUCT or of cocql::fields
///     any of them, or null         std::optional<T>
///     any                          cocql::value
///
/// A codec has these static members (those for reading or those for writing may be left out):
///
///     static std::string name();                          // the C++ type, for error texts
///     static bool reads(const data_type& type);           // asked once per page
///     static bool decode(const data_type& type, std::span<const std::byte> bytes, T& out);
///     static bool writes(const data_type& type);          // asked once per statement
///     static void encode(const data_type& type, const T& item, byte_sink& out);
///
/// decode() is only called for a type that reads() accepted, with bytes that are not null; false
/// means that they do not make a T. It must not throw on any bytes. The bytes live as long as the
/// page. encode() writes the value without its length.
///
/// Values of no bytes, which old tables may hold for any type, are offered to decode() only if the
/// codec says `static constexpr bool reads_empty = true`, as those of texts and blobs do; to the
/// others they are like null. Null is refused when the row is read, unless the codec has a value
/// for it; and it may have values that are written as null, or leave a marker as it is in the
/// database:
///
///     static bool set_null(const data_type& type, T& out); // false: none for this type
///     static bool is_null(const T& item);                  // encode() is not called for those
///     static bool is_unset(const T& item);
///
/// Containers read null as empty: the servers give null for an empty list, set or map that is not
/// frozen. std::optional of a container is null or empty as the server says.
///
/// A type whose values nearly always have the same number of bytes may say so by `static constexpr
/// std::size_t usual_length`, which makes reading long pages faster; decode() checks all the same.
template <class T>
struct codec;

namespace detail {

/// 0 for types that say none.
template <class T>
consteval std::size_t usual_length() {
    if constexpr (requires { codec<T>::usual_length; })
        return codec<T>::usual_length;
    else
        return 0;
}

} // namespace detail

template <class T>
concept readable = requires(const data_type& type, std::span<const std::byte> bytes, T& out) {
    { codec<T>::reads(type) } -> std::same_as<bool>;
    { codec<T>::decode(type, bytes, out) } -> std::same_as<bool>;
};

template <class T>
concept writable = requires(const data_type& type, const T& item, byte_sink& out) {
    { codec<T>::writes(type) } -> std::same_as<bool>;
    codec<T>::encode(type, item, out);
};

namespace detail {

template <class T>
concept reads_empty = requires {
    requires codec<T>::reads_empty;
};

/// Codecs that take null themselves.
template <class T>
concept reads_null = requires(const data_type& type, T& out) {
    { codec<T>::set_null(type, out) } -> std::same_as<bool>;
}
|| requires(T& out) {
    codec<T>::set_null(out);
};

template <class T>
bool set_null(const data_type& type, T& out) {
    if constexpr (!reads_null<T>) {
        return false;
    } else if constexpr (requires { codec<T>::set_null(type, out); }) {
        return codec<T>::set_null(type, out);
    } else {
        codec<T>::set_null(out);
        return true;
    }
}

/// Codecs of values that may be null (or "as it is") when they are written.
template <class T>
concept writes_null = requires(const T& item) {
    { codec<T>::is_null(item) } -> std::same_as<bool>;
};
template <class T>
concept writes_unset = requires(const T& item) {
    { codec<T>::is_unset(item) } -> std::same_as<bool>;
};

template <class T>
bool is_null(const T& item) {
    if constexpr (writes_null<T>)
        return codec<T>::is_null(item);
    else
        return false;
}
template <class T>
bool is_unset(const T& item) {
    if constexpr (writes_unset<T>)
        return codec<T>::is_unset(item);
    else
        return false;
}

} // namespace detail

/// For a type that is another one in disguise: a strong id, an enumeration. Derive the
/// specialisation from it and say how to get from one to the other and back. What the other one
/// does with null, unset and values of no bytes is done here too.
///
///     template <> struct cocql::codec<user_id> : cocql::codec_through<user_id, std::int64_t> {
///         static std::string name() { return "user_id"; }
///         static std::int64_t to(const user_id& id) { return id.number; }
///         static bool from(std::int64_t number, user_id& id) { id.number = number; return true; }
///     };
template <class T, class Through>
struct codec_through {
    static constexpr std::size_t usual_length = detail::usual_length<Through>();
    static constexpr bool reads_empty = detail::reads_empty<Through>;
    static bool reads(const data_type& type) { return codec<Through>::reads(type); }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, T& out) {
        Through through{};
        return codec<Through>::decode(type, bytes, through) &&
               codec<T>::from(std::move(through), out);
    }
    static bool set_null(const data_type& type, T& out) requires detail::reads_null<Through> {
        Through through{};
        return detail::set_null(type, through) && codec<T>::from(std::move(through), out);
    }
    static bool writes(const data_type& type) { return codec<Through>::writes(type); }
    static bool is_null(const T& item) requires detail::writes_null<Through> {
        return codec<Through>::is_null(codec<T>::to(item));
    }
    static bool is_unset(const T& item) requires detail::writes_unset<Through> {
        return codec<Through>::is_unset(codec<T>::to(item));
    }
    static void encode(const data_type& type, const T& item, byte_sink& out) {
        codec<Through>::encode(type, codec<T>::to(item), out);
    }
};

/// The C++ types to use for a CQL type, for error texts: `std::string or std::string_view`.
std::string suggested_types(const data_type& type);

namespace detail {

template <class T>
std::string name_of() {
    if constexpr (requires { codec<T>::name(); })
        return codec<T>::name();
    else
        return "this C++ type";
}

/// A number in network order. Written with the compiler's own byte swap: g++ 12 does not see one in
/// a loop over bytes.
template <std::unsigned_integral Number>
Number load(const std::byte* from) noexcept {
    Number number = 0;
    std::memcpy(&number, from, sizeof(Number));
    if constexpr (std::endian::native == std::endian::big || sizeof(Number) == 1)
        return number;
    else if constexpr (sizeof(Number) == 2)
        return __builtin_bswap16(number);
    else if constexpr (sizeof(Number) == 4)
        return __builtin_bswap32(number);
    else
        return __builtin_bswap64(number);
}
inline std::uint32_t load_length(const std::byte* from) noexcept {
    return load<std::uint32_t>(from);
}

/// A cell: its bytes, or null when `length` is negative.
template <class T>
bool decode_cell(const data_type& type, const std::byte* at, std::int32_t length, T& out) {
    if (length < 0)
        return detail::set_null(type, out);
    if constexpr (!reads_empty<T>)
        if (length == 0)
            return detail::set_null(type, out);
    return codec<T>::decode(type, {at, static_cast<std::size_t>(length)}, out);
}

/// The cells inside a collection, whose boundaries nobody has checked yet.
class cell_reader {
  public:
    explicit cell_reader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

    /// The number of elements before them; false when there cannot be so many.
    bool read_count(std::size_t cells_each, std::size_t& count) noexcept {
        if (rest_.size() < 4)
            return false;
        const auto number = load_length(rest_.data());
        rest_ = rest_.subspan(4);
        count = number;
        return number <= rest_.size() / (4 * cells_each);
    }
    template <class T>
    bool read(const data_type& type, T& out) {
        if (rest_.size() < 4)
            return false;
        const auto length = static_cast<std::int32_t>(load_length(rest_.data()));
        rest_ = rest_.subspan(4);
        const auto* at = rest_.data();
        if (length > 0) {
            if (static_cast<std::size_t>(length) > rest_.size())
                return false;
            rest_ = rest_.subspan(static_cast<std::size_t>(length));
        }
        return length >= -1 && decode_cell(type, at, length, out);
    }
    bool at_end() const noexcept { return rest_.empty(); }

  private:
    std::span<const std::byte> rest_;
};

/// Codecs that may write a value together with its length.
template <class T>
concept writes_at_once = requires(const data_type& type, const T& item, byte_sink& out) {
    { codec<T>::encode_at_once(type, item, out) } -> std::same_as<bool>;
};

template <class T>
void encode_cell(const data_type& type, const T& item, byte_sink& out) {
    if (detail::is_null(item))
        return out.put_null();
    if constexpr (writes_at_once<T>)
        if (codec<T>::encode_at_once(type, item, out))
            return;
    const auto mark = out.begin_cell();
    codec<T>::encode(type, item, out);
    out.end_cell(mark);
}

/// A whole marker, which may be unset.
template <class T>
void encode_marker(const data_type& type, const T& item, byte_sink& out) {
    if (detail::is_unset(item))
        return out.put_unset();
    encode_cell(type, item, out);
}

/// An element of a list, set or map, which the servers do not let be null.
template <class T>
void encode_element(const data_type& type, const T& item, byte_sink& out) {
    if (detail::is_null(item))
        return out.fail("a collection cannot hold null");
    encode_cell(type, item, out);
}

} // namespace detail

} // namespace cocql
