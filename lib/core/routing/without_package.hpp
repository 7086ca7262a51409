#pragma once

#include <string_view>

namespace cocql::routing {

/// What a Java class is called in its package: servers name the same classes of different ones.
constexpr std::string_view without_package(std::string_view class_name) noexcept {
    const auto dot = class_name.rfind('.');
    return dot == class_name.npos ? class_name : class_name.substr(dot + 1);
}

} // namespace cocql::routing
