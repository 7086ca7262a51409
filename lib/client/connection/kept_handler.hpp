#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cassert>
#include <cstddef>
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
    /// Resumes the coroutine here and now.
    void invoke() { std::exchange(operations_, nullptr)->invoke(storage_); }
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
        void (*invoke)(void*);
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
    template <class Handler>
    static constexpr operations operations_of{
        [](void* storage) { taken_from<Handler>(storage)(); },
        [](void* storage, const boost::asio::any_io_executor& executor) {
            boost::asio::post(executor,
                              [taken = taken_from<Handler>(storage)]() mutable { taken(); });
        },
        [](void* storage) noexcept { taken_from<Handler>(storage); }};

    alignas(void*) std::byte storage_[4 * sizeof(void*)];
    const operations* operations_ = nullptr;
};

} // namespace cocql::client
