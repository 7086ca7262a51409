#include "client/connection/home.hpp"

#include "client/connection/crossing.hpp"
#include "client/connection/serialised.hpp"

namespace cocql::client {

/// What is posted to let the crossings in that have been sent. They keep the home alive.
class home::door {
  public:
    using allocator_type = io::handler_memory::allocator<void>;

    explicit door(home& whose) noexcept : whose_(&whose) {}
    allocator_type get_allocator() const noexcept { return allocator_type(whose_->memory_); }
    void operator()() { whose_->let_in(); }

  private:
    home* whose_;
};

home::home(boost::asio::any_io_executor executor, host* host)
    : executor_(std::move(executor)),
      context_(&boost::asio::query(executor_, boost::asio::execution::context)),
      host_(host) {
    if (const auto* const context = made_for_one_thread(executor_))
        one_thread_.emplace(*context);
    join(boost::asio::query(executor_, boost::asio::execution::context), &keep);
}

home::~home() {
    leave();
}

void home::leave() noexcept {
    leave_with([this] { executor_ = nullptr; });
}

std::shared_ptr<const void> home::keep(member& whom) noexcept {
    auto& self = static_cast<home&>(whom);
    return self.host_ != nullptr ? self.host_->kept() : self.weak_from_this().lock();
}

home::place home::of(const boost::asio::any_io_executor& whose) const {
    const std::lock_guard lock(mutex_);
    if (gone_)
        return place::gone;
    const bool here = one_thread_ ? one_thread_->running_in_this_thread() && has_context(whose)
                                  : whose == executor_ && is_in_strand(executor_);
    return here ? place::here : place::elsewhere;
}

bool home::is_running_here() const noexcept {
    const std::lock_guard lock(mutex_);
    if (gone_)
        return false;
    return one_thread_ ? one_thread_->running_in_this_thread() : is_in_strand(executor_);
}

bool home::is_in_context() const noexcept {
    const std::lock_guard lock(mutex_);
    if (gone_)
        return false;
    return one_thread_ ? one_thread_->running_in_this_thread() : client::is_in_context(executor_);
}

bool home::send(crossing& who) {
    const std::lock_guard lock(mutex_);
    if (gone_)
        return false;
    if (first_ == nullptr)
        io::post_to(executor_, door(*this));
    (first_ == nullptr ? first_ : last_->next_) = &who;
    last_ = &who;
    return true;
}

void home::let_in() {
    crossing* next = nullptr;
    {
        const std::lock_guard lock(mutex_);
        next = std::exchange(first_, nullptr);
    }
    // The last of them may be the last to keep this.
    const auto kept = next->home_of_it();
    const bool told = host_ != nullptr && host_->arriving();
    while (next != nullptr) {
        auto& who = *next;
        next = std::exchange(who.next_, nullptr);
        who.arrived();
    }
    if (host_ != nullptr)
        host_->all_have_arrived(told);
}

void home::context_destroyed() noexcept {
    crossing* next = nullptr;
    boost::asio::any_io_executor executor;
    {
        const std::lock_guard lock(mutex_);
        gone_ = true;
        context_ = this; // where no context can be
        next = std::exchange(first_, nullptr);
        executor = std::move(executor_);
        executor_ = nullptr;
    }
    while (next != nullptr) {
        auto& who = *next;
        next = std::exchange(who.next_, nullptr);
        who.lose();
    }
}

} // namespace cocql::client
