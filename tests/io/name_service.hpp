#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cocql::tests {

/// Takes the place of the system's resolver in the whole program: its names have the addresses that
/// the test gives them, others have none, and look-ups last as long as the test wants.
class name_service {
  public:
    static name_service& instance();

    void set(const std::string& name, std::vector<std::string> addresses);
    /// From now on look-ups wait for release().
    void hold();
    void release();
    /// Look-ups that have come so far.
    int asked();

    /// What getaddrinfo() calls, on Asio's thread.
    std::vector<std::string> look_up(const std::string& name);

  private:
    std::mutex mutex_;
    std::condition_variable released_;
    std::map<std::string, std::vector<std::string>> names_;
    bool held_ = false;
    int asked_ = 0;
};

inline name_service& names() {
    return name_service::instance();
}

/// Holds look-ups for the lifetime of a scope.
class held_names {
  public:
    held_names() { name_service::instance().hold(); }
    ~held_names() { release(); }
    held_names(const held_names&) = delete;
    held_names& operator=(const held_names&) = delete;
    void release() { name_service::instance().release(); }
};

} // namespace cocql::tests
