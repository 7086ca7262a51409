#include "input.hpp"

#include <cocql/codec_chrono.hpp>
#include <cocql/codec_containers.hpp>
#include <cocql/codec_described.hpp>

#include <boost/describe/class.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace {

using namespace cocql;
using kind = data_type::kind;

struct address {
    std::optional<std::string> street;
    std::optional<std::int32_t> code;
};
BOOST_DESCRIBE_STRUCT(address, (), (street, code))

/// What decodes encodes (where the codec writes that type), and decodes again to what encodes to
/// the same bytes.
template <class T>
void check(const data_type& type, std::span<const std::byte> bytes) {
    T first{};
    if (!codec<T>::decode(type, bytes, first))
        return;
    if constexpr (writable<T>) {
        if (!codec<T>::writes(type)) // it reads more types than it writes
            return;
        byte_sink out;
        codec<T>::encode(type, first, out);
        if (out.failed()) // null inside a collection, a timeuuid that is none
            return;
        T second{};
        fuzz::require(codec<T>::decode(type, out.bytes(), second), "what was encoded decodes");
        byte_sink again;
        codec<T>::encode(type, second, again);
        fuzz::require(std::ranges::equal(out.bytes(), again.bytes()), "to the same value");
    }
}

using test = void (*)(std::span<const std::byte>);

template <class T, kind Kind>
void simple(std::span<const std::byte> bytes) {
    check<T>(Kind, bytes);
}

const data_type& address_type() {
    static const auto type =
        data_type::udt("ks", "a", {"code", "street", "more"}, {kind::int_, kind::text, kind::inet});
    return type;
}

constexpr test tests[] = {
    simple<std::string, kind::ascii>,
    simple<std::int64_t, kind::bigint>,
    simple<std::vector<std::byte>, kind::blob>,
    simple<bool, kind::boolean>,
    simple<decimal, kind::decimal>,
    simple<double, kind::double_>,
    simple<double, kind::float_>,
    simple<std::int64_t, kind::int_>,
    simple<std::chrono::sys_time<std::chrono::nanoseconds>, kind::timestamp>,
    simple<uuid, kind::timeuuid>,
    simple<std::string, kind::text>,
    simple<varint, kind::varint>,
    simple<inet_address, kind::inet>,
    simple<std::chrono::year_month_day, kind::date>,
    simple<std::chrono::nanoseconds, kind::time>,
    simple<std::int16_t, kind::smallint>,
    simple<varint, kind::tinyint>,
    simple<duration, kind::duration>,
    [](std::span<const std::byte> bytes) {
        check<std::vector<std::optional<std::int32_t>>>(data_type::list(kind::int_), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::set<std::string>>(data_type::set(kind::text), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::map<std::string, std::vector<duration>>>(
            data_type::map(kind::text, data_type::list(kind::duration)), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::vector<std::pair<std::string, std::optional<std::int32_t>>>>(
            data_type::map(kind::text, kind::int_), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::tuple<std::optional<std::int32_t>, std::optional<decimal>>>(
            data_type::tuple({kind::int_, kind::decimal}), bytes);
    },
    [](std::span<const std::byte> bytes) { check<address>(address_type(), bytes); },
    [](std::span<const std::byte> bytes) {
        check<std::vector<float>>(data_type::vector(kind::float_, 3), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::vector<std::string>>(data_type::vector(kind::text, 0x7fffffff), bytes);
    },
    [](std::span<const std::byte> bytes) {
        check<std::array<std::vector<std::int64_t>, 2>>(
            data_type::vector(data_type::vector(kind::bigint, 2), 2), bytes);
    },
};

} // namespace

/// Each codec of a C++ type. The first byte chooses; the rest is the value's bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto bytes = fuzz::input(data, size);
    const auto choice = fuzz::take_byte(bytes);
    if (choice < std::size(tests))
        tests[choice](bytes);
    return 0;
}
