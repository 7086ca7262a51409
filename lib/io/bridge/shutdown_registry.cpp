#include "io/bridge/shutdown_registry.hpp"

namespace cocql::io {

shutdown_registry::shutdown_registry(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context) {}

void shutdown_registry::member::join(boost::asio::execution_context& context) {
    auto& registry = boost::asio::use_service<shutdown_registry>(context);
    const std::lock_guard lock(registry.mutex_);
    registry_ = &registry;
    next_ = registry.first_;
    if (next_ != nullptr)
        next_->previous_ = this;
    registry.first_ = this;
}

void shutdown_registry::member::leave() noexcept {
    if (registry_ == nullptr)
        return;
    const std::lock_guard lock(registry_->mutex_);
    (previous_ != nullptr ? previous_->next_ : registry_->first_) = next_;
    if (next_ != nullptr)
        next_->previous_ = previous_;
    next_ = previous_ = nullptr;
    registry_ = nullptr;
}

void shutdown_registry::shutdown() {
    // One at a time and always the first: letting go of one member may destroy others.
    for (;;) {
        member* next = nullptr;
        {
            const std::lock_guard lock(mutex_);
            next = first_;
            if (next == nullptr)
                return;
            first_ = next->next_;
            if (first_ != nullptr)
                first_->previous_ = nullptr;
            next->next_ = next->previous_ = nullptr;
            next->registry_ = nullptr;
        }
        next->context_destroyed();
    }
}

} // namespace cocql::io
