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
    std::fflush(stdout); // so that both come in their order
    const std::string painted =
        coloured_ ? "\033[0;1;31m" + std::string(text) + "\033[0m" : std::string(text);
    std::fwrite(painted.data(), 1, painted.size(), stderr);
    std::fputc('\n', stderr);
}

std::string_view output::begin_of(colour which) const noexcept {
    if (!is_coloured())
        return {};
    switch (which) {
    case colour::red:
        return "\033[0;1;31m";
    case colour::green:
        return "\033[0;1;32m";
    case colour::yellow:
        return "\033[0;1;33m";
    case colour::blue:
        return "\033[0;1;34m";
    case colour::magenta:
        return "\033[0;1;35m";
    case colour::cyan:
        return "\033[0;1;36m";
    case colour::white:
        return "\033[0;1;37m";
    case colour::dark_magenta:
        return "\033[0;35m";
    case colour::none:
        break;
    }
    return {};
}

std::string_view output::end_of(colour which) const noexcept {
    return begin_of(which).empty() ? std::string_view() : "\033[0m";
}

std::string output::paint(std::string_view text, colour which) const {
    return std::string(begin_of(which)).append(text).append(end_of(which));
}

bool output::flush() noexcept {
    auto* const file = file_ ? file_.get() : stdout;
    const bool written = std::fflush(file) == 0 && std::ferror(file) == 0;
    std::clearerr(file);
    return written;
}

bool output::capture(const std::string& path) {
    std::unique_ptr<std::FILE, closer> file(std::fopen(path.c_str(), "a"));
    if (!file)
        return false;
    file_ = std::move(file);
    path_ = path;
    return true;
}

bool output::stop_capture() noexcept {
    const bool written = flush();
    file_.reset();
    return written;
}

} // namespace cocqlsh
