#pragma once

#include <cocql/data_type.hpp>
#include <cocql/date.hpp>
#include <cocql/decimal.hpp>
#include <cocql/duration.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/result.hpp>
#include <cocql/uuid.hpp>
#include <cocql/varint.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cocql {

/// Any CQL value, owned. For values whose type is known only at run time: what a shell shows, what
/// is bound to a marker.
class value {
  public:
    struct null {
        friend bool operator==(const null&, const null&) = default;
    };
    /// A marker left as it is in the database (protocol v4).
    struct unset {
        friend bool operator==(const unset&, const unset&) = default;
    };
    /// No bytes at all, of a type whose values all have some: what `blobAsInt(0x)` gives, and old
    /// tables may hold. Neither null nor a value of the type; shown as nothing.
    struct empty {
        friend bool operator==(const empty&, const empty&) = default;
    };
    using blob = std::vector<std::byte>;
    /// List, set, tuple, UDT. A sequence of one sequence is spelled sequence(1, inner): with braces
    /// compilers disagree whether `sequence{inner}` wraps or copies (CWG 2137).
    using sequence = std::vector<value>;
    using mapping = std::vector<std::pair<value, value>>; ///< map, in the server's order
    using variant = std::variant<null, unset, bool, std::int64_t, float, double, std::string, blob,
                                 cocql::uuid, inet_address, varint, decimal, duration, date, time,
                                 timestamp, sequence, mapping, empty>;

    value() = default; ///< null
    value(null) {}
    value(unset) : content_(unset()) {}
    value(empty) : content_(empty()) {}
    value(bool truth) : content_(truth) {}
    /// tinyint, smallint, int, bigint, counter, varint: the type decides when it is bound. What
    /// std::int64_t cannot hold is kept as a varint.
    template <detail::integer Integer>
    value(Integer number) {
        if (std::in_range<std::int64_t>(number))
            content_ = static_cast<std::int64_t>(number);
        else
            content_ = varint(number);
    }
    /// A character is neither a number nor a text.
    template <detail::character Character>
    value(Character) = delete;
    /// Nor is a pointer the truth.
    template <class Pointed>
    requires(!std::same_as<std::remove_cv_t<Pointed>, char>) value(Pointed*)
    = delete;
    value(std::nullptr_t) = delete;
    value(float number) : content_(number) {}
    value(double number) : content_(number) {}
    value(const char* text) : content_(std::string(text)) {}
    value(std::string_view text) : content_(std::string(text)) {}
    value(std::string text) : content_(std::move(text)) {}
    value(blob bytes) : content_(std::move(bytes)) {}
    value(cocql::uuid id) : content_(id) {}
    value(inet_address address) : content_(address) {}
    value(varint number) : content_(std::move(number)) {}
    value(decimal number) : content_(std::move(number)) {}
    value(duration span) : content_(span) {}
    value(date day) : content_(day) {}
    value(time of_day) : content_(of_day) {}
    value(timestamp moment) : content_(moment) {}
    value(sequence elements) : content_(std::move(elements)) {}
    value(mapping entries) : content_(std::move(entries)) {}

    bool is_null() const noexcept { return std::holds_alternative<null>(content_); }
    bool is_empty() const noexcept { return std::holds_alternative<empty>(content_); }
    bool is_unset() const noexcept { return std::holds_alternative<unset>(content_); }
    /// The content if it is a T, else null.
    template <class T>
    const T* get() const noexcept {
        return std::get_if<T>(&content_);
    }
    const variant& content() const noexcept { return content_; }

    friend bool operator==(const value&, const value&) = default;

  private:
    variant content_;
};

/// Reads one value of the type from its bytes. Bytes that do not fit are errc::decode_failed; the
/// error never shows them.
result<value> decode(const data_type& type, std::span<const std::byte> bytes);

/// Appends the value's bytes as the type wants them. A value that does not fit the type is
/// errc::invalid_argument, and nothing is appended: texts must be UTF-8, timeuuids of version 1,
/// as where C++ types are bound. Null and unset have no bytes and are errors here.
result<void> encode(const data_type& type, const value& item, std::vector<std::byte>& out);

/// How values are shown.
class format_options {
  public:
    format_options() = default;
    /// Significant digits; raised so that five decimals show. cqlsh's defaults.
    int float_precision = 5;
    int double_precision = 5;
    /// Shows a backslash in text as two, so that it differs from an escape. A shell that shows
    /// escapes in a colour of their own needs it not.
    bool double_backslash = true;
};

/// As cqlsh shows it: text as it is with control characters escaped, blobs as 0x…, collections with
/// quoted text inside, `null`, nothing for a value of no bytes.
std::string format(const data_type& type, const value& item,
                   const format_options& options = format_options());

} // namespace cocql
