#include "output.hpp"

namespace cocqlsh {

void output::line(std::string_view text) {
    auto* const file = file_ ? file_.get() : stdout;
    std::fwrite(text.data(), 1, text.size(), file);
    std::fputc('\n', file);
}

void output::note(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

void output::error(std::string_view text) {
    flush();
    const auto painted = paint(text, colour::red);
    std::fwrite(painted.data(), 1, painted.size(), stderr);
    std::fputc('\n', stderr);
}

std::string output::paint(std::string_view text, colour which) const {
    if (!coloured_ || which == colour::none || file_ != nullptr)
        return std::string(text);
    const char* code = "";
    switch (which) {
    case colour::red:
        code = "\033[0;1;31m";
        break;
    case colour::green:
        code = "\033[0;1;32m";
        break;
    case colour::yellow:
        code = "\033[0;1;33m";
        break;
    case colour::blue:
        code = "\033[0;1;34m";
        break;
    case colour::magenta:
        code = "\033[0;1;35m";
        break;
    case colour::cyan:
        code = "\033[0;1;36m";
        break;
    case colour::dark_magenta:
        code = "\033[0;35m";
        break;
    case colour::none:
        break;
    }
    return code + std::string(text) + "\033[0m";
}

void output::flush() noexcept { std::fflush(file_ ? file_.get() : stdout); }

bool output::capture(const std::string& path) {
    std::unique_ptr<std::FILE, closer> file(std::fopen(path.c_str(), "a"));
    if (!file)
        return false;
    file_ = std::move(file);
    path_ = path;
    return true;
}

} // namespace cocqlsh
