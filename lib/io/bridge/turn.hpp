#pragma once

#include "core/base/visible.hpp"

#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/execution_context.hpp>

#include <utility>

namespace cocql::io {

/// Whether a transport is at a turn of the loop, and where. Outlives the transport, for those on
/// other threads who ask.
///
/// What runs in the midst of a turn need not be of the transport's loop: a handler may run an
/// io_context of its own there and destroy it, with all that is of it. Therefore the turn notes the
/// innermost loop.
class turn {
  public:
    turn() noexcept = default;
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    // From any thread:

    /// Whether this thread is at it, and in no loop within it.
    bool is_here() const noexcept { return loop_ == innermost_loop(); }
    /// Whether another thread is at it.
    bool is_elsewhere() const noexcept {
        const char* const thread = thread_;
        return thread != nullptr && thread != this_thread();
    }
    /// Whether this thread is at a turn of any transport in an execution context, and in no loop
    /// within it.
    static bool is_here_in(const void* context) noexcept {
        return innermost_.context == context && innermost_.loop == innermost_loop();
    }

    // For the transport:

    bool is_on() const noexcept { return thread_ != nullptr; }
    void begin(const boost::asio::execution_context* context) noexcept {
        const void* const loop = innermost_loop();
        around_ = std::exchange(innermost_, {context, loop});
        loop_ = loop;
        thread_ = this_thread();
    }
    /// On the same thread. Of no effect where there is none.
    void end() noexcept {
        if (!is_on()) [[unlikely]]
            return;
        thread_ = nullptr;
        loop_ = this;
        innermost_ = around_;
    }

  private:
    struct place {
        const boost::asio::execution_context* context; ///< only to be compared
        const void* loop;
    };

    /// The call of an io_context's run() that this thread is in, or of its relatives; null where it
    /// is in none. Asio has no public name for it.
    static const void* innermost_loop() noexcept {
        return boost::asio::detail::thread_context::top_of_thread_call_stack();
    }
    static const char* this_thread() noexcept {
        thread_local const char mark = 0;
        return &mark;
    }

    base::visible<const void*> loop_ = this; ///< where there is no turn it is no loop at all
    base::visible<const char*> thread_ = nullptr;
    place around_{}; ///< the turn in the midst of which ours began
    /// The innermost one of this thread. Initial-exec, as free_blocks of core/base are.
    [[gnu::tls_model("initial-exec")]] static inline constinit thread_local place innermost_{};
};

} // namespace cocql::io
