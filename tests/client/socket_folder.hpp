#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace cocql::tests {

/// A folder of a test's own, with a name short enough for UNIX sockets.
class socket_folder {
  public:
    socket_folder() {
        // mkdtemp(3) puts letters of its own in place of the six.
        auto name =
            (std::filesystem::temp_directory_path() / "cocql-").string() + std::string(6, 'X');
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~socket_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    socket_folder(const socket_folder&) = delete;
    socket_folder& operator=(const socket_folder&) = delete;

    std::string path(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

} // namespace cocql::tests
