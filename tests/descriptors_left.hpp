#pragma once

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

namespace cocql::tests {

/// Lets the process open so many descriptors more, for a scope.
class descriptors_left {
  public:
    explicit descriptors_left(rlim_t count) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const int lowest = ::dup(0);
        ::close(lowest);
        const rlimit few{static_cast<rlim_t>(lowest) + count, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    }
    ~descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    descriptors_left(const descriptors_left&) = delete;
    descriptors_left& operator=(const descriptors_left&) = delete;

  private:
    rlimit before_{};
};

} // namespace cocql::tests
