#pragma once

#include "descriptor_writer.hpp"
#include "painted.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cocqlsh {

/// Where results go: standard output, or the file of CAPTURE; errors go to standard error.
///
/// On a terminal control characters in what is shown are made visible, since most of it was written
/// by a server; elsewhere it is passed on as it is. After an interruption nothing more of results
/// and notes is shown, until that is forgotten.
class output {
  public:
    /// The interruption is borrowed; null for none.
    explicit output(bool coloured, bool errors_coloured = false,
                    const interruption* interrupted = nullptr);
    ~output();
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    /// One line of a result.
    void line(std::string_view text);
    void line(const painted& text);
    /// Text of a result that has lines of its own: their ends and its tabs stay as they are.
    void lines(std::string_view text);
    /// A line for the person at the terminal, never captured.
    void note(std::string_view text);
    void note_lines(std::string_view text);
    void error(std::string_view text);
    /// To standard output or error at once and as it is: a question, or what moves the cursor.
    void draw(std::string_view drawing);
    void draw_on_error(std::string_view drawing);

    /// How results are shown now: captured ones never in colours.
    manner shown_as() const noexcept;
    painted paint(std::string_view text, colour which) const {
        return std::move(painted(shown_as()).add(text, which));
    }
    bool is_coloured() const noexcept { return shown_as().is_coloured; }
    /// Whether what is still to be printed is not wanted any more.
    bool is_interrupted() const noexcept {
        return interrupted_ != nullptr && interrupted_->has_come();
    }
    /// What was printed so far, before something is waited for.
    void show_now() noexcept;
    /// The same. False, once, when what was printed since the last call could not be written: a
    /// full disk.
    bool flush() noexcept;
    /// True, once, when something was not shown because of an interruption.
    bool take_cut() noexcept;

    /// Appends results to a file from now on; false (with errno) if it cannot be opened.
    bool capture(const std::string& path);
    bool stop_capture() noexcept;
    const std::string& capture_path() const noexcept { return path_; }
    bool is_capturing() const noexcept { return file_ != nullptr; }

  private:
    class captured;

    const descriptor_writer& results() const noexcept;
    descriptor_writer& results() noexcept;
    /// Whether a line is to be printed; remembers when one is not.
    bool goes_on() noexcept;
    static void print(descriptor_writer& where, std::string_view line, bool is_visible);
    static void print_lines(descriptor_writer& where, std::string_view text, bool is_visible);
    void leave_cut_line();

    const interruption* interrupted_;
    bool coloured_;
    bool errors_coloured_;
    descriptor_writer screen_;
    descriptor_writer drawing_; ///< to the same place; an interruption does not end it
    descriptor_writer errors_;
    std::string path_;
    std::unique_ptr<captured> file_;
    bool cut_ = false;
    bool in_cut_line_ = false;
};

} // namespace cocqlsh
