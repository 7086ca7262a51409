#pragma once

#include <boost/asio/execution_context.hpp>

#include <mutex>

namespace cocql::io {

/// Asks those who keep suspended coroutines of an execution context to let go of them when the
/// context is destroyed.
///
/// A coroutine that waits for an answer is kept by the connection (in the slot of its stream id),
/// and its frame keeps the connection. Destroying the io_context frees what waits inside Asio;
/// without this service such a pair would keep each other alive for ever.
class shutdown_registry final : public boost::asio::execution_context::service {
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
        void join(boost::asio::execution_context& context);
        void leave() noexcept;

      private:
        friend class shutdown_registry;
        shutdown_registry* registry_ = nullptr;
        member* next_ = nullptr;
        member* previous_ = nullptr;
    };

    inline static boost::asio::execution_context::id id;
    explicit shutdown_registry(boost::asio::execution_context& context);

  private:
    void shutdown() override;

    std::mutex mutex_;
    member* first_ = nullptr;
};

} // namespace cocql::io
