#pragma once

#include <compare>
#include <string>
#include <vector>

namespace cocql {

/// What a function or an aggregate is known by: several of one name differ in what they take.
struct function_signature {
    std::string name;
    /// As the schema spells them.
    std::vector<std::string> argument_types;

    friend auto operator<=>(const function_signature&, const function_signature&) = default;
};

} // namespace cocql
