#include "trace.hpp"

#include <array>
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

std::string text_of(const cocql::value_view& view) {
    const auto decoded = view.decode();
    return decoded ? cocql::format(view.type(), *decoded) : std::string("--");
}

template <class Content>
Content content_of(const cocql::value_view& view) {
    const auto decoded = view.decode();
    const auto* content = decoded ? decoded->get<Content>() : nullptr;
    return content != nullptr ? *content : Content();
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

std::vector<std::vector<cell>> trace_rows(const cocql::page& session, const cocql::page& events) {
    const auto head = session.front();
    const auto begun = content_of<cocql::timestamp>(head["started_at"]).milliseconds * 1000;
    const auto coordinator = text_of(head["coordinator"]);
    trace_lines lines(text_of(head["client"]));
    lines.add(text_of(head["request"]), begun, coordinator, "0");
    for (const auto row : events.rows()) {
        const auto elapsed = row["source_elapsed"];
        lines.add(text_of(row["activity"]) + " [" + text_of(row["thread"]) + "]",
                  microseconds_of(content_of<cocql::uuid>(row["event_id"])), text_of(row["source"]),
                  elapsed.is_null() ? "--" : text_of(elapsed));
    }
    if (const auto duration = head["duration"]; !duration.is_null())
        lines.add("Request complete", begun + content_of<std::int64_t>(duration), coordinator,
                  text_of(duration));
    return std::move(lines.rows);
}

} // namespace cocqlsh
