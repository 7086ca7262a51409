#include "client/connection/crossing.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/query.hpp>

namespace cocql::client {

namespace asio = boost::asio;

/// On its way there within one context. Dropped with a queue that is destroyed, it tells.
class crossing::going {
  public:
    explicit going(std::shared_ptr<crossing> who) noexcept : who_(std::move(who)) {}
    going(going&&) noexcept = default;
    going& operator=(going&&) = delete;
    ~going() {
        if (who_)
            who_->lose();
    }
    void operator()() {
        const auto who = std::move(who_);
        who->arrived();
    }

  private:
    std::shared_ptr<crossing> who_;
};

/// On its way back. Dropped with a queue that is destroyed, it takes the coroutine along.
class crossing::returning {
  public:
    using allocator_type = io::handler_memory::allocator<void>;

    explicit returning(std::shared_ptr<crossing> who) noexcept : who_(std::move(who)) {}
    returning(returning&&) noexcept = default;
    returning& operator=(returning&&) = delete;
    ~returning() {
        if (!who_)
            return;
        who_->handler_.discard();
        who_->here_ = nullptr;
    }
    allocator_type get_allocator() const noexcept { return allocator_type(who_->memory_); }
    void operator()() {
        const auto who = std::move(who_);
        who->resume();
    }

  private:
    std::shared_ptr<crossing> who_;
};

crossing::~crossing() {
    leave();
}

void crossing::set_out() {
    self_ = shared_from_this();
    const auto self = self_;
    auto& context = asio::query(here_, asio::execution::context);
    one_context_ = there_->is_of(context);
    if (slot_.is_connected())
        slot_.assign([weak = weak_from_this()](asio::cancellation_type type) {
            if (const auto who = weak.lock())
                who->follow(type);
        });
    if (one_context_) {
        // Of a coroutine that has gone to another thread by itself everything may end, the context
        // too, before a dispatch from there has returned.
        if (there_->is_in_context())
            asio::dispatch(there(), going(self));
        else
            static_cast<void>(there_->post(going(self)));
        return;
    }
    join(context, &keep);
    if (!there_->send(*this))
        lose();
}

void crossing::arrived() {
    const auto self = self_;
    there_->note_thread();
    arriving_ = true;
    arrive();
    arrived_ = true;
    if (cancelled_before_ != asio::cancellation_type::none)
        cancelled(cancelled_before_);
    arriving_ = false;
}

void crossing::come_back() {
    auto self = std::move(self_);
    if (!one_context_)
        return leave_with([&] { io::post_to(here_, returning(std::move(self))); });
    there_->note_thread();
    // In arrive() the coroutine is only just being suspended.
    if (arriving_ || there_->has_several_threads())
        io::post_to(here_, returning(std::move(self)));
    else
        asio::dispatch(here_, returning(std::move(self)));
}

void crossing::lose() noexcept {
    // The last to keep it may be the coroutine.
    auto self = self_ ? std::move(self_) : shared_from_this();
    self_.reset();
    if (one_context_) {
        handler_.discard();
        here_ = nullptr;
        return;
    }
    be_lost();
    leave_with([&] { io::post_to(here_, returning(std::move(self))); });
}

void crossing::resume() noexcept {
    // Whoever keeps this last may do so when the context is gone, and a strand's end touches it.
    const auto here = std::move(here_);
    here_ = nullptr;
    if (slot_.is_connected())
        slot_.clear();
    handler_.invoke(here);
}

/// In the caller's cancellation signal, on its thread.
void crossing::follow(asio::cancellation_type type) {
    // Who waits may be there: what is not usual of a statement is done by a coroutine of its own.
    // Then it is at once, as without a crossing.
    if (one_context_ && there_->is_running_here())
        return cancelled(type);
    auto there_cancelled = [weak = weak_from_this(), type] {
        if (const auto who = weak.lock())
            who->cancelled(type);
    };
    static_cast<void>(there_->post(std::move(there_cancelled)));
}

/// Overtakes it where that is still on its way: what is posted on the executor's own thread waits
/// there for the end of the handler.
void crossing::cancelled(asio::cancellation_type type) {
    if (!arrived_) {
        cancelled_before_ |= type;
        return;
    }
    if (self_)
        cancel(type);
}

std::shared_ptr<const void> crossing::keep(member& whom) noexcept {
    return static_cast<crossing&>(whom).weak_from_this().lock();
}

/// Here's: nobody waits any more.
void crossing::context_destroyed() noexcept {
    follow(asio::cancellation_type::terminal);
    handler_.discard();
    here_ = nullptr;
}

} // namespace cocql::client
