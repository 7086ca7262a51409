#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <memory>

namespace cocql::io {

/// The reads and writes of one socket that are under way, to cancel them for good.
///
/// A composed operation (writing all of a buffer, anything over TLS) that is between two of its
/// steps when the socket is cancelled does not notice and goes on with the next step. So the socket
/// is cancelled once more in every turn of the loop until no operation is left.
class pending_operations {
    struct state {
        explicit state(boost::asio::ip::tcp::socket& of) noexcept : socket(&of) {}
        boost::asio::ip::tcp::socket* socket; ///< null when the stream is gone
        int pending = 0;
        bool cancelled = false;
    };

  public:
    explicit pending_operations(boost::asio::ip::tcp::socket& socket)
        : state_(std::make_shared<state>(socket)) {}
    ~pending_operations() { state_->socket = nullptr; }
    pending_operations(const pending_operations&) = delete;
    pending_operations& operator=(const pending_operations&) = delete;

    /// Held by each read and write. It may outlive the stream: when an io_context is destroyed, the
    /// suspended operation can be the last to go.
    class [[nodiscard]] guard {
      public:
        explicit guard(pending_operations& owner) noexcept : state_(owner.state_) {
            ++state_->pending;
        }
        ~guard() { --state_->pending; }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;

      private:
        std::shared_ptr<state> state_;
    };

    /// Held while what was read is given to a receiver: until that returns the read is not pending,
    /// and then it looks itself whether it was cancelled. A receiver may run the loop.
    class [[nodiscard]] at_receiver {
      public:
        /// Borrows it; whoever reads keeps that.
        explicit at_receiver(pending_operations& owner) noexcept : state_(*owner.state_) {
            --state_.pending;
        }
        ~at_receiver() { ++state_.pending; }
        at_receiver(const at_receiver&) = delete;
        at_receiver& operator=(const at_receiver&) = delete;

      private:
        state& state_;
    };

    void cancel() {
        state_->cancelled = true;
        cancel_all(state_);
    }
    /// No read or write is to begin any more.
    bool is_cancelled() const noexcept { return state_->cancelled; }

  private:
    static void cancel_all(const std::shared_ptr<state>& all) {
        if (all->pending <= 0 || all->socket == nullptr)
            return;
        boost::system::error_code ignored;
        all->socket->cancel(ignored);
        boost::asio::post(all->socket->get_executor(), [weak = std::weak_ptr(all)] {
            if (const auto still = weak.lock())
                cancel_all(still);
        });
    }

    std::shared_ptr<state> state_;
};

} // namespace cocql::io
