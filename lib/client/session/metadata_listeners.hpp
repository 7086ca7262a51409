#pragma once

#include "client/session/registered_listener.hpp"

#include <cocql/metadata_listener.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace cocql::client {

/// A session's listeners, and what they have yet to be told: that is not called from the middle of
/// what changes, where a listener would meet a session that is half one thing and half another.
class metadata_listeners {
  public:
    using news = std::function<void(metadata_listener&)>;

    /// From any thread. It is told what is announced from now on.
    std::shared_ptr<registered_listener> add(std::shared_ptr<metadata_listener> who);
    /// From any thread. No one is told any more, and they are let go of.
    void end() noexcept;

    // On the session's executor:

    /// Whether there is any: otherwise there is no need to find out what has changed.
    bool any();
    /// To be told to those who are registered now, by tell_all(). Whether that is to be called.
    bool announce(std::vector<news> what);
    /// Tells them. `failed` hears what they have thrown.
    void tell_all(const std::function<void(std::exception_ptr)>& failed);

  private:
    using listeners = std::vector<std::shared_ptr<registered_listener>>;
    struct announced {
        listeners whom;
        std::vector<news> what;
    };

    listeners present();

    std::mutex mutex_;
    listeners all_;
    bool over_ = false;
    std::deque<announced> untold_;
};

} // namespace cocql::client
