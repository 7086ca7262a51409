#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cocqlsh {

/// UTF-8 text with a cursor in it, which stands between characters. The text may have several
/// lines.
class edited_text {
  public:
    const std::string& text() const noexcept { return text_; }
    std::size_t cursor() const noexcept { return cursor_; }
    bool is_at_end() const noexcept { return cursor_ == text_.size(); }

    /// All anew, the cursor at its end.
    void set(std::string text) {
        text_ = std::move(text);
        cursor_ = text_.size();
    }
    void insert(std::string_view text);
    void move_to(std::size_t place) noexcept { cursor_ = place; }
    /// What is between here and the cursor, taken out.
    std::string take_until(std::size_t place);

    // Places, as seen from the cursor.
    std::size_t before() const noexcept { return before(cursor_); }
    std::size_t after() const noexcept { return after(cursor_); }
    std::size_t word_before() const noexcept;
    std::size_t word_after() const noexcept;
    std::size_t begin_of_line() const noexcept { return begin_of_line(cursor_); }
    std::size_t end_of_line() const noexcept { return end_of_line(cursor_); }

    /// To the same number of characters into the line above, or below; false where there is none.
    bool move_up() noexcept;
    bool move_down() noexcept;

  private:
    std::size_t before(std::size_t at) const noexcept;
    std::size_t after(std::size_t at) const noexcept;
    std::size_t begin_of_line(std::size_t at) const noexcept;
    std::size_t end_of_line(std::size_t at) const noexcept;
    std::size_t beside_cursor(std::size_t begin) const noexcept;

    std::string text_;
    std::size_t cursor_ = 0;
};

} // namespace cocqlsh
