#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace cocql::io {

/// Posts to what the executor really is, if that is an io_context, as it mostly is: by way of the
/// erased one a handler is allocated twice and called through two more functions.
template <class Handler>
void post_to(const boost::asio::any_io_executor& executor, Handler&& handler) {
    if (const auto* const context = executor.target<boost::asio::io_context::executor_type>())
        return boost::asio::post(*context, std::forward<Handler>(handler));
    boost::asio::post(executor, std::forward<Handler>(handler));
}

/// Memory for one handler that is posted at a time, in the object that it is about: it is allocated
/// on one thread and freed on another, which no cache of a thread's own is good for. What does not
/// fit comes from the heap.
class handler_memory {
  public:
    /// An allocator for it. Giving the memory back touches nothing: it may be gone with its object.
    template <class T>
    class allocator {
      public:
        using value_type = T;
        explicit allocator(handler_memory& memory) noexcept : room_(memory.room_) {}
        template <class Other>
        allocator(const allocator<Other>& other) noexcept : room_(other.room_) {}
        T* allocate(std::size_t count) {
            const auto size = count * sizeof(T);
            return static_cast<T*>(size <= sizeof(handler_memory::room_) ? room_
                                                                         : ::operator new(size));
        }
        void deallocate(T* gone, std::size_t) noexcept {
            if (static_cast<void*>(gone) != room_)
                ::operator delete(gone);
        }
        template <class Other>
        bool operator==(const allocator<Other>& other) const noexcept {
            return room_ == other.room_;
        }

      private:
        template <class Other>
        friend class allocator;
        void* room_;
    };

  private:
    alignas(std::max_align_t) std::byte room_[96];
};

} // namespace cocql::io
