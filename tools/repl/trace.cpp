#include "trace.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

namespace cocqlsh {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// The years 1 to 9999.
constexpr milliseconds first_shown{-62'135'596'800'000};
constexpr milliseconds last_shown{253'402'300'799'999};

/// Since 1970; as Python's str(datetime) shows it, in local time.
std::string local_time(microseconds moment) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(moment);
    const auto seconds = static_cast<std::time_t>(whole.count());
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    std::string out(text.data(), size);
    if (const auto fraction = (moment - whole).count(); fraction != 0) {
        const auto digits = std::to_string(fraction);
        out += "." + std::string(6 - digits.size(), '0') + digits;
    }
    return out;
}

/// Any number may come as the beginning of a trace: outside of those years it is shown as it came.
std::string local_time(milliseconds begun, microseconds later) {
    if (begun < first_shown || begun > last_shown)
        return std::to_string(begun.count());
    return local_time(begun + later);
}

std::string local_time(const cocql::uuid& id) {
    const auto when = id.time();
    return when ? local_time(microseconds(when->time_since_epoch().count() / 10)) : "--";
}

void print_id(output& out, const cocql::trace& trace) {
    out.line("");
    out.line(out.paint("Tracing session: ", colour::magenta).add(trace.id.to_string()));
}

class trace_lines {
  public:
    explicit trace_lines(std::string client) : client_(std::move(client)) {}

    void add(std::string activity, std::string when, std::string source, std::string elapsed) {
        std::vector<cell> row;
        row.emplace_back(std::move(activity), colour::yellow);
        row.emplace_back(std::move(when), colour::yellow);
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
    const auto begun = trace.started_at.time_since_epoch();
    const auto coordinator = trace.coordinator.to_string();
    trace_lines lines(trace.client ? trace.client->to_string() : "--");
    lines.add(trace.request, local_time(begun, microseconds(0)), coordinator, "0");
    for (const auto& event : trace.events)
        lines.add(event.activity + " [" + event.thread + "]", local_time(event.id),
                  event.source.to_string(),
                  event.source_elapsed ? std::to_string(event.source_elapsed->count()) : "--");
    if (trace.duration)
        lines.add("Request complete", local_time(begun, *trace.duration), coordinator,
                  std::to_string(trace.duration->count()));
    return std::move(lines.rows);
}

void print_trace_table(output& out, const cocql::trace& trace, bool terminal) {
    print_id(out, trace);
    out.line("");
    result_printer(out, false, terminal)
        .print({"activity", "timestamp", "source", "source_elapsed", "client"}, trace_rows(trace));
    out.line("");
}

void print_waterfall(output& out, const cocql::trace& trace) {
    print_id(out, trace);
    const auto text = trace.waterfall();
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        out.line(text.substr(begin, end - begin));
        begin = end + 1;
    }
    out.line("");
}

} // namespace cocqlsh
