#include "ini_file.hpp"

#include <array>
#include <cstdio>
#include <set>
#include <string>

/// Reads files from standard input, each behind its length in four bytes, and prints what
/// ini_file makes of each, for ini_file_test.py: `refused LINE`, or a line for each entry
/// (section, name, value as it stands and as it is read, all in hexadecimal), then `.`.

namespace {

std::string hexadecimal(std::string_view text) {
    std::string out = "=";
    for (const char c : text) {
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned char>(c));
        out += digits.data();
    }
    return out;
}

void print_entry(cocqlsh::ini_file& file, const std::string& section, const std::string& name) {
    const auto raw = file.get_raw(section, name);
    const auto read = file.get(section, name);
    std::printf("%s %s %s %s\n", hexadecimal(section).c_str(), hexadecimal(name).c_str(),
                raw ? hexadecimal(*raw).c_str() : "-",
                !read   ? "!"
                : *read ? hexadecimal(**read).c_str()
                        : "-");
}

void print_file(const std::string& text) {
    auto file = cocqlsh::ini_file::parse(text);
    if (!file) {
        const std::string message(file.error().message());
        std::printf("refused %s\n", message.substr(1, message.find(':', 1) - 1).c_str());
        return;
    }
    std::set<std::string> sections;
    const auto all = file->unread();
    for (const auto& each : all)
        if (each.section != "DEFAULT") {
            sections.insert(each.section);
            print_entry(*file, each.section, each.name);
        }
    for (const auto& each : all)
        if (each.section == "DEFAULT")
            for (const auto& section : sections)
                print_entry(*file, section, each.name);
    std::puts(".");
}

} // namespace

int main() {
    std::array<unsigned char, 4> length{};
    while (std::fread(length.data(), 1, length.size(), stdin) == length.size()) {
        std::string text(std::size_t{length[0]} << 24 | std::size_t{length[1]} << 16 |
                             std::size_t{length[2]} << 8 | length[3],
                         '\0');
        if (std::fread(text.data(), 1, text.size(), stdin) != text.size())
            return 1;
        print_file(text);
    }
    return 0;
}
