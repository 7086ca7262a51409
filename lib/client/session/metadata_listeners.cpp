#include "client/session/metadata_listeners.hpp"

#include <utility>

namespace cocql::client {

std::shared_ptr<registered_listener>
metadata_listeners::add(std::shared_ptr<metadata_listener> who) {
    auto made = std::make_shared<registered_listener>(std::move(who));
    const std::lock_guard lock(mutex_);
    if (over_)
        made->end();
    else
        all_.push_back(made);
    return made;
}

void metadata_listeners::end() noexcept {
    listeners gone;
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
        gone.swap(all_);
    }
    for (const auto& each : gone)
        each->end();
}

/// Those that are still registered.
metadata_listeners::listeners metadata_listeners::present() {
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [](const auto& each) { return each->is_over(); });
    return all_;
}

bool metadata_listeners::any() {
    return !present().empty();
}

bool metadata_listeners::announce(std::vector<news> what) {
    auto whom = present();
    if (whom.empty() || what.empty())
        return false;
    untold_.push_back({std::move(whom), std::move(what)});
    return untold_.size() == 1;
}

void metadata_listeners::tell_all(const std::function<void(std::exception_ptr)>& failed) {
    while (!untold_.empty()) {
        const auto next = std::move(untold_.front());
        untold_.pop_front();
        for (const auto& each : next.what)
            for (const auto& registered : next.whom)
                if (const auto who = registered->get())
                    try {
                        each(*who);
                    } catch (...) {
                        failed(std::current_exception());
                    }
    }
}

} // namespace cocql::client
