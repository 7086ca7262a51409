#include "terminal_abilities.hpp"

#include <cstdlib>
#include <string_view>

// After everything else, and in a library of its own: they define hundreds of short names as
// macros.
#include <curses.h>
#include <term.h>
#include <unistd.h>

namespace cocqlsh {

namespace {

constexpr int colours_needed = 8;

/// terminfo's text for an ability; empty where the terminal lacks it.
std::string_view ability(const char* name) {
    const char* const text = ::tigetstr(name);
    const auto* const no_text = reinterpret_cast<const char*>(-1);
    return text == nullptr || text == no_text ? std::string_view() : std::string_view(text);
}

} // namespace

terminal_abilities terminal_abilities::of_environment() {
    terminal_abilities found;
    const char* const name = std::getenv("TERM");
    if (name == nullptr || *name == 0 || std::string_view(name) == "dumb")
        return found;
    int known = 0;
    if (::setupterm(name, STDOUT_FILENO, &known) != OK) {
        found.shows_colours = found.moves_cursor = true;
        return found;
    }
    found.shows_colours = ::tigetnum("colors") >= colours_needed;
    const auto is_ours = [](const char* name) { return ability(name).starts_with("\033["); };
    // The cursor goes up, and the rest of the screen is cleared.
    found.moves_cursor = (is_ours("cuu") || is_ours("cuu1")) && is_ours("ed");
    ::del_curterm(::set_curterm(nullptr));
    return found;
}

} // namespace cocqlsh
