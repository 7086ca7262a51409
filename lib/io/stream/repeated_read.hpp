#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <span>
#include <utility>

namespace cocql::io {

/// Many reads of a socket as one operation. What each has brought is given to `step` by the loop
/// itself; to resume a coroutine for each costs some 400 instructions, and their way through the
/// processor's caches after every wait.
///
/// Step is called as `std::span<std::byte> step(const error_code&, std::size_t)`, never at once,
/// and says where the next read goes; nothing ends the operation. Lives in the coroutine that
/// awaits run().
template <typename Step>
class repeated_read {
  public:
    /// Borrows both.
    repeated_read(boost::asio::ip::tcp::socket& socket, Step& step)
        : socket_(socket), step_(step) {}
    repeated_read(const repeated_read&) = delete;
    repeated_read& operator=(const repeated_read&) = delete;

    /// The first read goes to `into`. To be awaited at once, and once; then rethrow() what a step
    /// has thrown. Not a coroutine: each connection at rest would keep its frame.
    auto run(std::span<std::byte> into) {
        return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
            [this, into](auto handler) {
                operation<decltype(handler)>(*this, std::move(handler)).read(into);
            },
            boost::asio::deferred);
    }
    void rethrow() const {
        if (thrown_)
            std::rethrow_exception(thrown_);
    }

  private:
    /// Where Asio keeps the pending read, of which there is one at a time: nothing has to be looked
    /// for. Whatever else it may want there comes from the heap.
    template <typename T>
    class allocator {
      public:
        using value_type = T;
        explicit allocator(repeated_read& owner) noexcept : owner_(&owner) {}
        template <typename Other>
        allocator(const allocator<Other>& other) noexcept : owner_(other.owner_) {}
        T* allocate(std::size_t count) {
            return static_cast<T*>(owner_->allocate(count * sizeof(T)));
        }
        void deallocate(T* gone, std::size_t) noexcept { owner_->deallocate(gone); }
        template <typename Other>
        bool operator==(const allocator<Other>& other) const noexcept {
            return owner_ == other.owner_;
        }

        repeated_read* owner_;
    };

    template <typename Handler>
    class operation {
      public:
        using allocator_type = allocator<void>;
        allocator_type get_allocator() const noexcept { return allocator_type(*owner_); }

        operation(repeated_read& owner, Handler handler)
            : owner_(&owner), handler_(std::move(handler)) {}

        void read(std::span<std::byte> into) {
            owner_->socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                                            std::move(*this));
        }
        /// With all that it calls in one place: it is cold after every wait.
        [[gnu::flatten]] void operator()(const boost::system::error_code& code, std::size_t count) {
            std::span<std::byte> next;
            try {
                next = owner_->step_(code, count);
            } catch (...) {
                owner_->thrown_ = std::current_exception();
            }
            if (next.empty()) [[unlikely]]
                resume();
            else
                read(next);
        }

      private:
        [[gnu::cold, gnu::noinline]] void resume() { std::move(handler_)(); }

        repeated_read* owner_;
        Handler handler_; ///< resumes the coroutine; with it may go all else
    };

    void* allocate(std::size_t size) {
        if (occupied_ || size > sizeof memory_) [[unlikely]]
            return allocate_elsewhere(size);
        occupied_ = true;
        return memory_;
    }
    void deallocate(void* gone) noexcept {
        if (gone != memory_) [[unlikely]]
            return deallocate_elsewhere(gone);
        occupied_ = false;
    }
    [[gnu::cold, gnu::noinline]] static void* allocate_elsewhere(std::size_t size) {
        return ::operator new(size);
    }
    [[gnu::cold, gnu::noinline]] static void deallocate_elsewhere(void* gone) noexcept {
        ::operator delete(gone);
    }

    boost::asio::ip::tcp::socket& socket_;
    Step& step_;
    std::exception_ptr thrown_;
    bool occupied_ = false;
    alignas(std::max_align_t) std::byte memory_[256]; ///< of Asio 1.26 a read takes less than 200
};

} // namespace cocql::io
