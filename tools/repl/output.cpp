#include "output.hpp"

#include "visible_text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

/// The file of CAPTURE.
class output::captured {
  public:
    captured(int descriptor, const interruption* interrupted) noexcept
        : writer(descriptor, interrupted), descriptor_(descriptor) {}
    ~captured() { close(); }
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;

    /// False when not everything could be written.
    bool close() noexcept {
        if (descriptor_ < 0)
            return true;
        writer.flush();
        const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
        return !writer.take_failure() && closed;
    }

    descriptor_writer writer;

  private:
    int descriptor_;
};

output::output(bool coloured, bool errors_coloured, const interruption* interrupted)
    : interrupted_(interrupted),
      coloured_(coloured),
      errors_coloured_(errors_coloured),
      screen_(STDOUT_FILENO, interrupted),
      drawing_(STDOUT_FILENO, nullptr),
      errors_(STDERR_FILENO, nullptr) {}

output::~output() {
    flush();
}

manner output::shown_as() const noexcept {
    manner how;
    how.is_coloured = coloured_ && file_ == nullptr;
    how.is_visible = results().is_terminal();
    return how;
}

const descriptor_writer& output::results() const noexcept {
    return file_ ? file_->writer : screen_;
}

descriptor_writer& output::results() noexcept {
    return const_cast<descriptor_writer&>(std::as_const(*this).results());
}

bool output::goes_on() noexcept {
    cut_ = cut_ || is_interrupted();
    return !is_interrupted();
}

void output::print(descriptor_writer& where, std::string_view line, bool is_visible) {
    if (is_visible)
        where.write(visible_text(line));
    else
        where.write(line);
    where.write("\n");
}

void output::print_lines(descriptor_writer& where, std::string_view text, bool is_visible) {
    if (!is_visible)
        return print(where, text, false);
    std::string shown;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of("\r\n\t", at), text.size());
        shown += visible_text(text.substr(at, end - at));
        at = end;
        const auto mark = text.substr(at, text.substr(at, 2) == "\r\n" ? 2 : 1);
        shown += mark == "\r" ? visible_text(mark) : std::string(mark);
        at += mark.size();
    }
    print(where, shown, false);
}

void output::line(std::string_view text) {
    if (goes_on())
        print(results(), text, shown_as().is_visible);
}

void output::line(const painted& text) {
    if (!goes_on())
        return;
    results().write(text.bytes());
    results().write("\n");
}

void output::lines(std::string_view text) {
    if (goes_on())
        print_lines(results(), text, shown_as().is_visible);
}

void output::note(std::string_view text) {
    if (goes_on())
        print(screen_, text, screen_.is_terminal());
}

void output::note_lines(std::string_view text) {
    if (goes_on())
        print_lines(screen_, text, screen_.is_terminal());
}

void output::error(std::string_view text) {
    screen_.flush(); // so that both come in their order
    leave_cut_line();
    manner how;
    how.is_coloured = errors_coloured_;
    how.is_visible = errors_.is_terminal();
    errors_.write(painted(how).add(text, colour::red).bytes());
    errors_.write("\n");
    errors_.flush();
}

/// What was dropped may have ended inside a colour's sequence: CAN ends that.
void output::leave_cut_line() {
    if (screen_.take_cut()) {
        cut_ = true;
        in_cut_line_ = true;
    }
    if (!std::exchange(in_cut_line_, false) || !screen_.is_terminal())
        return;
    drawing_.write(coloured_ ? "\030\033[0m\n" : "\n");
    drawing_.flush();
}

void output::draw(std::string_view drawing) {
    screen_.flush();
    leave_cut_line();
    drawing_.write(drawing);
    drawing_.flush();
}

void output::draw_on_error(std::string_view drawing) {
    screen_.flush();
    leave_cut_line();
    errors_.write(drawing);
    errors_.flush();
}

void output::show_now() noexcept {
    screen_.flush();
    if (file_)
        file_->writer.flush();
}

bool output::flush() noexcept {
    show_now();
    const bool written = !screen_.take_failure();
    return (!file_ || !file_->writer.take_failure()) && written;
}

bool output::take_cut() noexcept {
    if (screen_.take_cut()) {
        cut_ = true;
        in_cut_line_ = true;
    }
    return std::exchange(cut_, false);
}

bool output::capture(const std::string& path) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (descriptor < 0)
        return false;
    file_ = std::make_unique<captured>(descriptor, interrupted_);
    path_ = path;
    return true;
}

bool output::stop_capture() noexcept {
    const bool written = file_->close();
    file_.reset();
    return written;
}

} // namespace cocqlsh
