#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// Colours as the terminal's escape sequences.
enum class colour { none, red, green, yellow, blue, magenta, cyan, white, dark_magenta };

/// How text is shown where it goes.
class manner {
  public:
    bool is_coloured = false;
    /// A terminal, which would obey control characters: they are made visible.
    bool is_visible = false;
};

/// Text ready to be shown, and the columns that it takes.
///
/// It cannot hold a control sequence but those of our colours, whatever a server sent: everything
/// that is added is made visible first, where the manner says so.
class painted {
  public:
    explicit painted(manner how) noexcept : how_(how) {}

    painted& add(std::string_view text);
    painted& add(std::string_view text, colour which);
    painted& add(const painted& more);
    painted& add_blanks(std::size_t count);
    /// The colour of what is added from here on, until end(); nothing for no colour.
    painted& begin(colour which);
    painted& end();
    void drop_blanks_at_end();

    const std::string& bytes() const noexcept { return bytes_; }
    std::size_t width() const noexcept { return width_; }

  private:
    manner how_;
    std::string bytes_;
    std::size_t width_ = 0;
};

} // namespace cocqlsh
