#pragma once

#include "client/connection/throw_from.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cassert>
#include <cstddef>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace cocql::client {

/// Keeps one completion handler of a suspended coroutine in place, where Asio's own erased handler
/// would allocate for every request.
///
/// Whatever takes the handler out does so before it runs or destroys it: either may destroy this
/// object.
class kept_handler {
  public:
    kept_handler() noexcept = default;
    kept_handler(const kept_handler&) = delete;
    kept_handler& operator=(const kept_handler&) = delete;
    /// Its owner has taken it out, or discarded it.
    ~kept_handler() { assert(operations_ == nullptr); }

    explicit operator bool() const noexcept { return operations_ != nullptr; }

    /// There must be none yet.
    template <class Handler>
    void emplace(Handler&& handler) {
        using kept = std::decay_t<Handler>;
        static_assert(sizeof(kept) <= sizeof(storage_) && alignof(kept) <= alignof(void*) &&
                      std::is_nothrow_move_constructible_v<kept>);
        assert(operations_ == nullptr);
        ::new (storage_) kept(std::forward<Handler>(handler));
        operations_ = &operations_of<kept>;
    }
    /// Resumes the coroutine here and now. What it throws (a completion handler of the
    /// application's, at the end of a coroutine, does so) leaves from the executor's queue: the
    /// caller, who may be in the middle of anything, is not to know of it. The executor must
    /// outlive the call.
    void invoke(const boost::asio::any_io_executor& executor) noexcept {
        std::exchange(operations_, nullptr)->invoke(storage_, executor);
    }
    /// Resumes it from the executor's queue.
    void post(const boost::asio::any_io_executor& executor) {
        std::exchange(operations_, nullptr)->post(storage_, executor);
    }
    /// Destroys the coroutine.
    void discard() noexcept {
        if (operations_ != nullptr)
            std::exchange(operations_, nullptr)->discard(storage_);
    }

  private:
    struct operations {
        void (*invoke)(void*, const boost::asio::any_io_executor&) noexcept;
        void (*post)(void*, const boost::asio::any_io_executor&);
        void (*discard)(void*) noexcept;
    };

    template <class Handler>
    static Handler taken_from(void* storage) noexcept {
        auto* const kept = std::launder(static_cast<Handler*>(storage));
        Handler taken(std::move(*kept));
        kept->~Handler();
        return taken;
    }
    /// In line with what it calls: it is a part of what every request costs.
    template <class Handler>
    [[gnu::flatten]] static void resume(void* storage,
                                        const boost::asio::any_io_executor& executor) noexcept {
        try {
            taken_from<Handler>(storage)();
        } catch (...) {
            throw_from(executor, std::current_exception());
        }
    }
    template <class Handler>
    static constexpr operations operations_of{
        &kept_handler::resume<Handler>,
        [](void* storage, const boost::asio::any_io_executor& executor) {
            boost::asio::post(executor,
                              [taken = taken_from<Handler>(storage)]() mutable { taken(); });
        },
        [](void* storage) noexcept { taken_from<Handler>(storage); }};

    alignas(void*) std::byte storage_[4 * sizeof(void*)];
    const operations* operations_ = nullptr;
};

} // namespace cocql::client
