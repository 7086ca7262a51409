#pragma once

#include <memory>

namespace cocql {

namespace client {
class registered_listener;
}

/// As long as it lives a listener is told; see session::listen(). It may outlive the session, and
/// may be destroyed on any thread: on the session's executor the listener is not called any more
/// from then on, elsewhere it may be in the middle of a call.
class [[nodiscard]] listener_registration {
  public:
    listener_registration() noexcept; ///< of nobody
    explicit listener_registration(std::shared_ptr<client::registered_listener> whom) noexcept;
    listener_registration(listener_registration&& other) noexcept;
    listener_registration& operator=(listener_registration&& other) noexcept;
    ~listener_registration();

    /// The same as its destruction.
    void end() noexcept;

  private:
    std::shared_ptr<client::registered_listener> whom_;
};

} // namespace cocql
