#pragma once

#include <boost/asio/execution_context.hpp>

#include <atomic>
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
/// Members may be destroyed on other threads than the one that destroys the context.
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
        virtual ~member() { leave(); }
        /// On a thread on which the context outlives the call.
        void join(boost::asio::execution_context& context);
        /// After it context_destroyed() neither runs on another thread nor will be called. To be
        /// called first of all by the destructor of the class that has it, unless the object is
        /// only ever destroyed on the context's own thread; and with no lock held that
        /// context_destroyed() takes.
        void leave() noexcept {
            leave_with([] {});
        }
        /// The same, and while the context cannot go calls a function (which may post there),
        /// unless context_destroyed() was called before.
        template <class Function>
        void leave_with(Function&& function) {
            const auto all = std::move(members_);
            if (!all)
                return;
            const std::lock_guard lock(all->mutex);
            if (unlink(*all))
                std::forward<Function>(function)();
        }

      private:
        friend class shutdown_registry;
        bool unlink(members& all) noexcept;

        /// Kept, because the context may be gone when this leaves; null when in none.
        std::shared_ptr<members> members_;
        member* next_ = nullptr;
        member* previous_ = nullptr;
        bool listed_ = false;
    };

    inline static boost::asio::execution_context::id id;
    explicit shutdown_registry(boost::asio::execution_context& context);

  private:
    struct members {
        /// Recursive: what is let go of takes others with it, on the same thread.
        std::recursive_mutex mutex;
        member* first = nullptr;
        std::atomic<bool> over = false; ///< nobody can join any more
    };

    static const std::shared_ptr<members>& members_of(boost::asio::execution_context& context);
    void shutdown() override;

    std::shared_ptr<members> members_ = std::make_shared<members>();
};

} // namespace cocql::io
