#pragma once

#include "settings_file.hpp"

#include <string>
#include <vector>

namespace cocqlsh {

/// What to tell of the entries of a file that nobody has read: that they have no effect here, and
/// why, or that they are not known. To be asked for last.
std::vector<std::string> notes_of_unread(settings_file& file);

} // namespace cocqlsh
