#pragma once

#include "core/base/visible.hpp"
#include "io/bridge/post_to.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/turn.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace cocql::client {

class crossing;

/// The executor that an object lives on, for those on other threads: it can be posted to as long as
/// its context lives, and after that says so, where Asio would touch freed memory.
class home final : public std::enable_shared_from_this<home>,
                   private io::shutdown_registry::member {
  public:
    /// Has it as a part of itself. Is told when visitors arrive, on the executor, and when these
    /// are all, with what it has said then: others may arrive meanwhile, in a loop within.
    class host {
      public:
        /// What keeps the host; null while it is being destroyed.
        virtual std::shared_ptr<const void> kept() noexcept = 0;
        virtual bool arriving() noexcept = 0;
        virtual void all_have_arrived(bool as_told) = 0;

      protected:
        ~host() = default;
    };

    /// On a thread on which the executor's context outlives the call. Without a host it is to be
    /// made by std::make_shared.
    explicit home(boost::asio::any_io_executor executor, host* host = nullptr);
    ~home() override;

    /// For the host's destructor, first of all: from here on the context may go.
    void leave() noexcept;

    // While the context lives:

    const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

    // From any thread, and at any time:

    enum class place { here, elsewhere, gone };
    /// Where the coroutine that runs now and has this executor is: here, if it is this one and this
    /// thread runs a handler of it, or if it is of this one's context, which was made for one
    /// thread, and this thread is in its loop; gone, where the context is. That it has this
    /// executor is not enough: a coroutine may have gone to another thread, as by posting to a
    /// pool. Nor is that this thread is in the loop: a handler may run another loop in it.
    place of(const boost::asio::any_io_executor& whose) const;
    /// Whether it has this executor and is here: what it awaits is here too.
    bool is_home_of(const boost::asio::any_io_executor& whose) const {
        return of(whose) == place::here && whose == executor_;
    }
    /// Whether this thread runs a handler of the executor, as far as that can be told of its kind.
    bool is_running_here() const noexcept;
    /// Whether this thread is at a turn of a connection of its own, on an io_context made for one
    /// thread: that is where most requests come from, and cheaper to ask.
    bool is_in_turn() const noexcept { return one_thread_ && io::turn::is_here_in(context_); }
    /// Whether that is the executor's own context. It lives.
    bool is_of(const boost::asio::execution_context& context) const noexcept {
        // One that is gone may have lain where another one lies now.
        return context_ == &context && !is_gone();
    }
    /// Whether this thread runs a handler of the executor's context, which then cannot go before
    /// the handler ends; false where that cannot be told.
    bool is_in_context() const noexcept;
    /// None where the context is gone.
    boost::asio::any_io_executor get_executor() const {
        const std::lock_guard lock(mutex_);
        return executor_;
    }
    bool is_gone() const noexcept {
        const std::lock_guard lock(mutex_);
        return gone_;
    }

    // These are false where the context is gone or going: then nothing was posted.

    template <class Function>
    bool post(Function&& function) {
        const std::lock_guard lock(mutex_);
        if (gone_)
            return false;
        io::post_to(executor_, std::forward<Function>(function));
        return true;
    }
    /// Has a crossing arrive; those of one turn of the loop together.
    bool send(crossing& who);

    /// Takes down which thread runs it; on the executor.
    void note_thread() noexcept {
        thread_local const char mark = 0;
        if (thread_ != &mark) [[unlikely]] {
            several_threads_ = thread_ != nullptr;
            thread_ = &mark;
        }
    }
    /// Whether more than one was seen; on the executor.
    bool has_several_threads() const noexcept { return several_threads_; }

  private:
    class door;

    bool has_context(const boost::asio::any_io_executor& whose) const noexcept {
        return context_ == &boost::asio::query(whose, boost::asio::execution::context);
    }
    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;
    void let_in();

    /// Let go of with the context: a strand's end touches it.
    boost::asio::any_io_executor executor_;
    /// Only to be compared; nobody's once that is gone, and another one may lie there.
    base::visible<const void*> context_;
    /// Its context, if that was made for one thread.
    std::optional<boost::asio::io_context::executor_type> one_thread_;
    host* host_;
    mutable std::mutex mutex_;
    bool gone_ = false;
    /// Crossings on their way, the first and the last; while there are any a handler is on its way
    /// that lets them in.
    crossing* first_ = nullptr;
    crossing* last_ = nullptr;
    io::handler_memory memory_; ///< for that handler

    const char* thread_ = nullptr; ///< of the one that was noted last
    bool several_threads_ = false;
};

} // namespace cocql::client
