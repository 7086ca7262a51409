#include <cocql/trace.hpp>

#include <algorithm>

namespace cocql {

namespace {

using std::chrono::microseconds;

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width)
        text.insert(0, width - text.size(), ' ');
    return text;
}

/// From `begin` to `end` of `whole`, at least one character.
std::string bar(microseconds begin, microseconds end, microseconds whole, std::size_t width) {
    const auto place = [&](microseconds at) {
        const auto within = std::clamp(at, microseconds(0), whole);
        return whole.count() == 0 ? std::size_t{0}
                                  : static_cast<std::size_t>(static_cast<double>(within.count()) /
                                                             static_cast<double>(whole.count()) *
                                                             static_cast<double>(width));
    };
    const auto from = std::min(place(begin), width - 1);
    const auto to = std::max(place(end), from + 1);
    return std::string(from, ' ') + std::string(to - from, '=') + std::string(width - to, ' ');
}

} // namespace

std::string trace::waterfall(std::size_t width) const {
    width = std::max<std::size_t>(width, 1);
    auto whole = std::max(duration.value_or(microseconds(0)), microseconds(0));
    std::size_t source_width = 0;
    std::size_t elapsed_width = 1;
    for (const auto& event : events) {
        const auto elapsed = event.source_elapsed.value_or(microseconds(0));
        whole = std::max(whole, elapsed);
        source_width = std::max(source_width, event.source.to_string().size());
        elapsed_width = std::max(elapsed_width, std::to_string(elapsed.count()).size());
    }
    std::string text = request + " on " + coordinator.to_string() +
                       (duration ? " took " + std::to_string(duration->count()) + " \u00b5s\n"
                                 : " is not complete\n");
    std::map<std::string, microseconds> last;
    for (const auto& event : events) {
        const auto source = event.source.to_string();
        const auto elapsed = event.source_elapsed.value_or(last[source]);
        text +=
            "  " + padded(source, source_width) + " " +
            padded(event.source_elapsed ? std::to_string(elapsed.count()) : "-", elapsed_width) +
            " \u00b5s |" + bar(last[source], elapsed, whole, width) + "| " + event.activity + "\n";
        last[source] = elapsed;
    }
    return text;
}

} // namespace cocql
