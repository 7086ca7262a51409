#pragma once

#include <cocql/date.hpp>

#include <string>

namespace cocqlsh {

/// How timestamps are shown: a format of Python's strftime, and UTC or the program's own zone.
class timestamp_style {
  public:
    /// cqlsh's, `2026-11-24 08:05:09.123000+0000`.
    static constexpr const char* usual_format = "%Y-%m-%d %H:%M:%S.%f%z";

    timestamp_style() = default;
    timestamp_style(std::string format, bool local) : format_(std::move(format)), local_(local) {}

    /// Outside the years 1 to 9999, which the format cannot be for, the number of milliseconds.
    std::string text(const cocql::timestamp& moment) const;
    /// Whether text() is what cocql::timestamp::to_string() gives.
    bool is_usual() const noexcept { return !local_ && format_ == usual_format; }

  private:
    std::string format_ = usual_format;
    bool local_ = false;
};

} // namespace cocqlsh
