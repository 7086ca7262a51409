#pragma once

namespace cocqlsh {

/// What the terminal can do that TERM names, as terminfo knows it.
class terminal_abilities {
  public:
    /// Of TERM and of the terminal on standard output. One that terminfo does not know is taken for
    /// one of today, which can do all of this; `dumb` or nothing for one that can do none.
    static terminal_abilities of_environment();

    bool shows_colours = false; ///< eight at least
    bool moves_cursor = false;  ///< by the sequences that we send (ECMA-48)
};

} // namespace cocqlsh
