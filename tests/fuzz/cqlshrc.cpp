#include "ini_file.hpp"
#include "input.hpp"

#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// A cqlshrc or a file of credentials: what it says stays the same when it is written down again,
/// and what is wrong with it is told with its line.

namespace {

using cocqlsh::ini_file;
using contents = std::map<std::pair<std::string, std::string>, std::string>;

void check_refusal(const cocql::error& failure, std::string_view text) {
    const std::string_view message = failure.message();
    std::size_t line = 0;
    const auto digits = message.substr(1, message.find(':', 1) - 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), line);
    cocql::fuzz::require(message.front() == ':' && line > 0 && line <= text.size(),
                         "an error names a line");
}

contents contents_of(ini_file& file) {
    contents found;
    for (const auto& each : file.unread()) {
        static_cast<void>(file.get_bool(each.section, each.name));
        if (each.section != "DEFAULT")
            found[{each.section, each.name}] = file.get_raw(each.section, each.name).value();
    }
    for (const auto& each : file.unread())
        cocql::fuzz::require(each.section == "DEFAULT", "all was read");
    return found;
}

std::string written(const contents& all) {
    std::string text;
    std::string_view section;
    for (const auto& [place, value] : all) {
        if (text.empty() || place.first != section)
            text += "[" + place.first + "]\n";
        section = place.first;
        text += place.second + " = ";
        for (const char c : value)
            text += c == '\n' ? std::string("\n ") : std::string(1, c);
        text += '\n';
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto file = ini_file::parse(text);
    if (!file) {
        check_refusal(file.error(), text);
        return 0;
    }
    const auto found = contents_of(*file);
    auto again = ini_file::parse(written(found));
    cocql::fuzz::require(again.has_value(), "what was read can be read again");
    cocql::fuzz::require(contents_of(*again) == found, "and says the same");
    return 0;
}
