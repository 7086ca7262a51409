#pragma once

#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace cocql::io {

/// Asks those who keep suspended coroutines of an execution context to let go of them when the
/// context is destroyed.
///
/// A coroutine that waits for an answer is kept by the connection (in the slot of its stream id),
/// and its frame keeps the connection. Destroying the io_context frees what waits inside Asio;
/// without this service such a pair would keep each other alive for ever.
///
/// Members may be destroyed on other threads than the one that destroys the context, even at the
/// same time. None is called with a lock held: what goes with it may belong to another context,
/// which is being destroyed on another thread and has something of this one.
class shutdown_registry final : public boost::asio::execution_context::service {
    struct members;

  public:
    class member {
      public:
        member() = default;
        member(const member&) = delete;
        member& operator=(const member&) = delete;

        /// Destroy the suspended coroutines you keep, resume none. May destroy this object.
        virtual void context_destroyed() noexcept = 0;

      protected:
        /// What keeps a member while context_destroyed() runs. Null: it is being destroyed, on
        /// another thread, and is not called; but its destructor has yet to leave, and the context
        /// lives until then. Not virtual: a destructor may be running.
        using keeper = std::shared_ptr<const void> (*)(member& whom) noexcept;

        virtual ~member() { leave(); }
        /// On a thread on which the context outlives the call. For one that is only ever destroyed
        /// on the context's own thread.
        void join(boost::asio::execution_context& context) { join(context, nullptr); }
        /// For any other, whose destructor is to leave first of all.
        void join(boost::asio::execution_context& context, keeper keep);
        /// After it context_destroyed() will not be called.
        void leave() noexcept {
            leave_with([] {});
        }
        /// The same, and while the context cannot go calls a function (which may post there, or let
        /// go of an executor), unless context_destroyed() was called before.
        template <class Function>
        void leave_with(Function&& function) {
            const auto all = std::move(members_);
            if (!all)
                return;
            const std::lock_guard lock(all->mutex);
            if (!listed_)
                return;
            unlink(*all);
            std::forward<Function>(function)();
        }

      private:
        friend class shutdown_registry;
        void unlink(members& all) noexcept;

        /// Kept, because the context may be gone when this leaves; null when in none.
        std::shared_ptr<members> members_;
        keeper keep_ = nullptr;
        member* next_ = nullptr;
        member* previous_ = nullptr;
        bool listed_ = false;
    };

    inline static boost::asio::execution_context::id id;
    explicit shutdown_registry(boost::asio::execution_context& context);

  private:
    struct members {
        /// Recursive: what a member drops while it leaves may take others along.
        std::recursive_mutex mutex;
        std::condition_variable_any left; ///< by one of them
        member* first = nullptr;
        std::atomic<bool> over = false; ///< nobody can join any more
    };

    static const std::shared_ptr<members>& members_of(boost::asio::execution_context& context);
    void shutdown() override;
    class called;
    called take_next() noexcept;

    std::shared_ptr<members> members_ = std::make_shared<members>();
};

} // namespace cocql::io
