#pragma once

#include <cocql/codec_scalars.hpp>

#include <chrono>
#include <ratio>

namespace cocql {

/// date. A day that sys_days cannot hold (its count is an int) does not exist in CQL either.
template <>
struct codec<std::chrono::sys_days> : detail::of_kinds<data_type::kind::date> {
    static constexpr std::size_t usual_length = 4;
    static std::string name() { return "std::chrono::sys_days"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::chrono::sys_days& out) noexcept {
        date day;
        if (!codec<date>::decode(type, bytes, day))
            return false;
        out = std::chrono::sys_days(std::chrono::days(day.days_since_epoch()));
        return true;
    }
    static void encode(const data_type& type, std::chrono::sys_days item, byte_sink& out) {
        const auto shifted =
            std::int64_t{item.time_since_epoch().count()} + std::int64_t{date::epoch};
        if (shifted < 0 || shifted > std::numeric_limits<std::uint32_t>::max())
            return out.fail("the day is out of the range of the CQL type date");
        codec<date>::encode(type, date{static_cast<std::uint32_t>(shifted)}, out);
    }
};

/// date, for the years that std::chrono::year has (-32767 to 32767).
template <>
struct codec<std::chrono::year_month_day> : detail::of_kinds<data_type::kind::date> {
    static constexpr std::size_t usual_length = 4;
    static std::string name() { return "std::chrono::year_month_day"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::chrono::year_month_day& out) noexcept {
        std::chrono::sys_days day;
        if (!codec<std::chrono::sys_days>::decode(type, bytes, day))
            return false;
        constexpr auto first = std::chrono::sys_days(std::chrono::year_month_day(
            std::chrono::year::min(), std::chrono::January, std::chrono::day(1)));
        constexpr auto last = std::chrono::sys_days(std::chrono::year_month_day(
            std::chrono::year::max(), std::chrono::December, std::chrono::day(31)));
        if (day < first || day > last)
            return false;
        out = std::chrono::year_month_day(day);
        return true;
    }
    static void encode(const data_type& type, const std::chrono::year_month_day& item,
                       byte_sink& out) {
        if (!item.ok())
            return out.fail("there is no such day in the calendar");
        codec<std::chrono::sys_days>::encode(type, std::chrono::sys_days(item), out);
    }
};

/// time: nanoseconds since midnight.
template <>
struct codec<std::chrono::nanoseconds> : detail::of_kinds<data_type::kind::time> {
    static constexpr std::size_t usual_length = 8;
    static std::string name() { return "std::chrono::nanoseconds"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::chrono::nanoseconds& out) noexcept {
        time of_day;
        const bool fits = codec<time>::decode(type, bytes, of_day);
        out = std::chrono::nanoseconds(of_day.nanoseconds);
        return fits;
    }
    static void encode(const data_type& type, std::chrono::nanoseconds item, byte_sink& out) {
        codec<time>::encode(type, time{item.count()}, out);
    }
};

/// timestamp, in milliseconds or finer, so that nothing is lost in reading. A moment that the finer
/// clock cannot hold does not decode. Written times are cut down to the millisecond.
template <class Duration>
requires std::ratio_less_equal_v<typename Duration::period, std::milli> &&
    std::signed_integral<typename Duration::rep>
struct codec<std::chrono::time_point<std::chrono::system_clock, Duration>>
    : detail::of_kinds<data_type::kind::timestamp> {
    using moment = std::chrono::time_point<std::chrono::system_clock, Duration>;

    static constexpr std::size_t usual_length = 8;
    static std::string name() { return "std::chrono::sys_time"; }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       moment& out) noexcept {
        timestamp at;
        if (!codec<timestamp>::decode(type, bytes, at))
            return false;
        constexpr auto first =
            std::chrono::ceil<std::chrono::milliseconds>(Duration::min()).count();
        constexpr auto last =
            std::chrono::floor<std::chrono::milliseconds>(Duration::max()).count();
        if (at.milliseconds < first || at.milliseconds > last)
            return false;
        out = moment(
            std::chrono::duration_cast<Duration>(std::chrono::milliseconds(at.milliseconds)));
        return true;
    }
    static void encode(const data_type& type, moment item, byte_sink& out) {
        const auto whole = std::chrono::floor<std::chrono::milliseconds>(item.time_since_epoch());
        codec<timestamp>::encode(type, timestamp{whole.count()}, out);
    }
};

} // namespace cocql
