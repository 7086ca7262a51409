#include "timestamp_style.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace cocqlsh {

namespace {

std::string padded(long number, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*ld", digits, number);
    return text;
}

/// `+0200`; with the seconds that zones had before railways.
std::string offset_text(long seconds) {
    const auto distance = std::labs(seconds);
    auto text =
        (seconds < 0 ? "-" : "+") + padded(distance / 3600, 2) + padded(distance / 60 % 60, 2);
    if (distance % 60 != 0)
        text += padded(distance % 60, 2);
    return text;
}

} // namespace

std::string timestamp_style::text(const cocql::timestamp& moment) const {
    auto seconds = moment.milliseconds / 1000;
    auto fraction = moment.milliseconds % 1000;
    if (fraction < 0) {
        fraction += 1000;
        --seconds;
    }
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    const bool done =
        (local_ ? ::localtime_r(&time, &parts) : ::gmtime_r(&time, &parts)) != nullptr;
    const long year = parts.tm_year + 1900L;
    if (!done || year < 1 || year > 9999)
        return std::to_string(moment.milliseconds);
    // What the C library has not, or words otherwise: Python's %f, %z and %Z, and a year of four
    // digits always.
    std::string format;
    for (std::size_t i = 0; i < format_.size(); ++i) {
        const char c = format_[i];
        if (c != '%' || i + 1 == format_.size()) {
            format += c;
            continue;
        }
        switch (const char what = format_[++i]) {
        case 'f':
            format += padded(static_cast<long>(fraction), 3) + "000";
            break;
        case 'z':
            format += offset_text(local_ ? parts.tm_gmtoff : 0);
            break;
        case 'Z':
            format += local_ ? parts.tm_zone : "UTC";
            break;
        case 'Y':
            format += padded(year, 4);
            break;
        default:
            (format += c) += what;
        }
    }
    if (format.empty())
        return {};
    format += '.'; // so that nothing at all is told from too little room
    std::string out(format.size() + 64, '\0');
    std::size_t size = 0;
    while ((size = std::strftime(out.data(), out.size(), format.c_str(), &parts)) == 0)
        out.resize(2 * out.size());
    out.resize(size - 1);
    return out;
}

} // namespace cocqlsh
