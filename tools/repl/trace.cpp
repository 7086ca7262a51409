#include "trace.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

namespace cocqlsh {

namespace {

/// Microseconds since 1970 as Python's str(datetime) shows them, in local time.
std::string local_time(std::int64_t microseconds) {
    auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
    auto fraction = microseconds % 1'000'000;
    if (fraction < 0) {
        fraction += 1'000'000;
        --seconds;
    }
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    std::string out(text.data(), size);
    if (fraction != 0) {
        const auto digits = std::to_string(fraction);
        out += "." + std::string(6 - digits.size(), '0') + digits;
    }
    return out;
}

std::int64_t microseconds_of(const cocql::uuid& id) {
    const auto when = id.time();
    return when ? when->time_since_epoch().count() / 10 : 0;
}

class trace_lines {
  public:
    explicit trace_lines(std::string client) : client_(std::move(client)) {}

    void add(std::string activity, std::int64_t when, std::string source, std::string elapsed) {
        std::vector<cell> row;
        row.emplace_back(std::move(activity), colour::yellow);
        row.emplace_back(local_time(when), colour::yellow);
        row.emplace_back(std::move(source), colour::yellow);
        row.emplace_back(std::move(elapsed), colour::green);
        row.emplace_back(client_, colour::yellow);
        rows.push_back(std::move(row));
    }

    std::vector<std::vector<cell>> rows;

  private:
    std::string client_;
};

} // namespace

std::vector<std::vector<cell>> trace_rows(const cocql::trace& trace) {
    const auto begun = std::chrono::microseconds(trace.started_at.time_since_epoch()).count();
    const auto coordinator = trace.coordinator.to_string();
    trace_lines lines(trace.client ? trace.client->to_string() : "--");
    lines.add(trace.request, begun, coordinator, "0");
    for (const auto& event : trace.events)
        lines.add(event.activity + " [" + event.thread + "]", microseconds_of(event.id),
                  event.source.to_string(),
                  event.source_elapsed ? std::to_string(event.source_elapsed->count()) : "--");
    if (trace.duration)
        lines.add("Request complete", begun + trace.duration->count(), coordinator,
                  std::to_string(trace.duration->count()));
    return std::move(lines.rows);
}

} // namespace cocqlsh
