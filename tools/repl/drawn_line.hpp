#pragma once

#include "edited_text.hpp"
#include "screen_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// A prompt and the text behind it as the screen shows them: what to write so that it shows them as
/// they are now, and as little of that as will do.
class drawn_line {
  public:
    /// The next draw() begins on the row where the cursor is, which has something on it unless it
    /// is fresh.
    void forget(bool on_fresh_row = false) noexcept;
    /// More has changed than that something was appended.
    void change() noexcept { drawn_ = nothing; }
    /// The next draw() begins with an empty screen.
    void clear_screen() noexcept { clear_screen_ = true; }
    /// `columns`: the screen's width.
    std::string draw(const std::string& prompt, const edited_text& text, std::size_t columns);
    /// The cursor has gone below it.
    void leave() noexcept;

  private:
    std::string append(std::string_view text);

    static constexpr std::size_t nothing = static_cast<std::size_t>(-1);
    std::size_t drawn_ = nothing; ///< so much of the text is on the screen, the cursor at its end
    std::size_t columns_ = 0;
    screen_place end_;
    std::size_t cursor_row_ = 0;
    bool clear_screen_ = false;
    bool on_fresh_row_ = true; ///< which needs no cleaning: nothing is on it yet
};

} // namespace cocqlsh
