#pragma once

#include "client/connection/implementation.hpp"
#include "core/protocol/pending_request.hpp"

#include <cocql/error.hpp>

#include <optional>

namespace cocql::client {

/// A request on its way to a connection, below whoever waits for its answer and however. To be used
/// on the connection's executor.
class submission : public protocol::pending_request {
  protected:
    explicit submission(implementation& owner) noexcept
        : owner_(owner), limit_(owner.options().request_timeout()) {}

    /// Null options are the usual ones. Borrows both.
    void say(const message::request& what, const statement_options* options) noexcept {
        message = &what;
        if (options != nullptr) [[unlikely]]
            take(*options);
    }
    /// Its deadline counts from now.
    void submit() {
        // What waits a second or longer does not need to know the moment to the microsecond.
        auto now = owner_.clock().coarse_now();
        if (limit_) [[likely]] {
            if (*limit_ < std::chrono::seconds(1)) [[unlikely]] {
                if (*limit_ <= base::duration::zero())
                    return refuse(out_of_time());
                now = owner_.clock().now();
            }
            deadline = base::after(now, *limit_);
        }
        if (auto* const protocol = owner_.protocol()) [[likely]]
            return protocol->submit(*this, now);
        refuse(not_open());
    }
    /// Gives it up; what is to be told to who waits.
    error give_up();
    /// Gives it up where nobody waits any more.
    void abandon() noexcept;

    implementation& owner_;

  private:
    void take(const statement_options& options) noexcept;
    void refuse(error why);
    static error not_open();
    static error out_of_time();

    std::optional<base::duration> limit_; ///< for the answer
};

} // namespace cocql::client
