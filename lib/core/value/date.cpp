#include <cocql/date.hpp>

#include <chrono>
#include <cstdio>
#include <limits>

namespace cocql {

namespace {

constexpr std::int64_t first_day = -719162; // 0001-01-01
constexpr std::int64_t last_day = 2932896;  // 9999-12-31
constexpr std::int64_t day_milliseconds = 86'400'000;

std::string day_text(std::int64_t days) {
    const std::chrono::year_month_day day{
        std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                  static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    return text;
}

} // namespace

std::string date::to_string() const {
    const auto days = days_since_epoch();
    return days < first_day || days > last_day ? std::to_string(days) : day_text(days);
}

std::string time::to_string() const {
    const auto seconds = nanoseconds / 1'000'000'000;
    char text[64];
    std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld.%09lld",
                  static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
                  static_cast<long long>(seconds % 60),
                  static_cast<long long>(nanoseconds % 1'000'000'000));
    return text;
}

std::string timestamp::to_string() const {
    auto days = milliseconds / day_milliseconds;
    auto rest = milliseconds % day_milliseconds;
    if (rest < 0) {
        rest += day_milliseconds;
        --days;
    }
    if (days < first_day || days > last_day)
        return std::to_string(milliseconds);
    char text[64];
    std::snprintf(text, sizeof text, " %02d:%02d:%02d.%06d+0000",
                  static_cast<int>(rest / 3'600'000), static_cast<int>(rest / 60'000 % 60),
                  static_cast<int>(rest / 1000 % 60), static_cast<int>(rest % 1000 * 1000));
    return day_text(days) + text;
}

} // namespace cocql
