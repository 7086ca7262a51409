#pragma once

#include <string>
#include <string_view>

namespace cocqlsh {

/// What HELP shows.
std::string help_overview();
/// The text on a topic (in capitals); empty for an unknown one.
std::string help_topic(std::string_view topic);

} // namespace cocqlsh
