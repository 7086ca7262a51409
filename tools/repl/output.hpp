#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace cocqlsh {

/// Colours as the terminal's escape sequences; empty text where colours are off.
enum class colour { none, red, green, yellow, blue, magenta, cyan, white, dark_magenta };

/// Where results go: standard output, or the file of CAPTURE; errors go to standard error.
class output {
  public:
    explicit output(bool coloured) noexcept : coloured_(coloured) {}

    /// One line of a result.
    void line(std::string_view text);
    /// Text for the person at the terminal, never captured.
    void note(std::string_view text);
    void error(std::string_view text);
    std::string paint(std::string_view text, colour which) const;
    /// Whether results are coloured now: captured ones never are.
    bool is_coloured() const noexcept { return coloured_ && file_ == nullptr; }
    std::string_view begin_of(colour which) const noexcept;
    std::string_view end_of(colour which) const noexcept;
    /// False, once, when what was printed since the last call could not be written: a full disk.
    bool flush() noexcept;

    /// Appends results to a file from now on; false (with errno) if it cannot be opened.
    bool capture(const std::string& path);
    bool stop_capture() noexcept;
    const std::string& capture_path() const noexcept { return path_; }
    bool is_capturing() const noexcept { return file_ != nullptr; }

  private:
    struct closer {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    bool coloured_;
    std::string path_;
    std::unique_ptr<std::FILE, closer> file_;
};

} // namespace cocqlsh
