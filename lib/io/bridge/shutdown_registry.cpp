#include "io/bridge/shutdown_registry.hpp"

namespace cocql::io {

shutdown_registry::shutdown_registry(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context) {}

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

void shutdown_registry::member::join(boost::asio::execution_context& context) {
    members_ = members_of(context);
    const std::lock_guard lock(members_->mutex);
    listed_ = true;
    next_ = members_->first;
    if (next_ != nullptr)
        next_->previous_ = this;
    members_->first = this;
}

bool shutdown_registry::member::unlink(members& all) noexcept {
    if (!std::exchange(listed_, false))
        return false;
    (previous_ != nullptr ? previous_->next_ : all.first) = next_;
    if (next_ != nullptr)
        next_->previous_ = previous_;
    next_ = previous_ = nullptr;
    return true;
}

void shutdown_registry::shutdown() {
    // One at a time and always the first: letting go of one member may destroy others. Under the
    // lock, so that one which is being destroyed on another thread waits until it was called.
    const std::lock_guard lock(members_->mutex);
    members_->over.store(true, std::memory_order_release);
    while (auto* const first = members_->first) {
        first->unlink(*members_);
        first->context_destroyed();
    }
}

} // namespace cocql::io
