#include "io/bridge/shutdown_registry.hpp"

#include <boost/asio/strand.hpp>

namespace cocql::io {

/// Asio puts services away the youngest first. What is posted to a strand while members are called,
/// as by coroutines that are destroyed, has to find a queue: without one it is destroyed at once,
/// on whatever thread and under whatever lock. So strands are made to be older than this.
shutdown_registry::shutdown_registry(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context) {
    boost::asio::use_service<boost::asio::detail::strand_executor_service>(context);
}

/// Each thread keeps the last ones, because those who join with every request mostly join the same:
/// to look for a service takes a lock and a walk over all of them.
const std::shared_ptr<shutdown_registry::members>&
shutdown_registry::members_of(boost::asio::execution_context& context) {
    struct known {
        boost::asio::execution_context* context = nullptr;
        std::shared_ptr<shutdown_registry::members> members;
    };
    thread_local known last;
    // Another context may have come to lie where one was.
    if (last.context != &context || last.members->over.load(std::memory_order_acquire))
        last = {&context, boost::asio::use_service<shutdown_registry>(context).members_};
    return last.members;
}

/// One that is to be called, out of the list, and what keeps it.
class shutdown_registry::called {
  public:
    member* whom = nullptr; ///< null for none
    std::shared_ptr<const void> kept;
};

void shutdown_registry::member::join(boost::asio::execution_context& context, keeper keep) {
    keep_ = keep;
    members_ = members_of(context);
    const std::lock_guard lock(members_->mutex);
    listed_ = true;
    next_ = members_->first;
    if (next_ != nullptr)
        next_->previous_ = this;
    members_->first = this;
}

void shutdown_registry::member::unlink(members& all) noexcept {
    listed_ = false;
    (previous_ != nullptr ? previous_->next_ : all.first) = next_;
    if (next_ != nullptr)
        next_->previous_ = previous_;
    next_ = previous_ = nullptr;
    if (all.over.load(std::memory_order_relaxed))
        all.left.notify_all();
}

shutdown_registry::called shutdown_registry::take_next() noexcept {
    for (auto* whom = members_->first; whom != nullptr; whom = whom->next_) {
        auto kept = whom->keep_ != nullptr ? whom->keep_(*whom) : nullptr;
        if (whom->keep_ != nullptr && !kept)
            continue;
        whom->unlink(*members_);
        return {whom, std::move(kept)};
    }
    return {};
}

void shutdown_registry::shutdown() {
    std::unique_lock lock(members_->mutex);
    members_->over.store(true, std::memory_order_release);
    // One at a time: letting go of one member may destroy others.
    while (members_->first != nullptr) {
        auto next = take_next();
        if (next.whom == nullptr) {
            members_->left.wait(lock);
            continue;
        }
        lock.unlock();
        next.whom->context_destroyed();
        next.kept.reset();
        lock.lock();
    }
}

} // namespace cocql::io
