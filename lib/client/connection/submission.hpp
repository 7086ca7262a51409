#pragma once

#include "client/connection/implementation.hpp"
#include "client/connection/preparations.hpp"
#include "core/protocol/pending_request.hpp"

#include <cocql/error.hpp>
#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace cocql::client {

/// A request on its way to a connection, below whoever waits for its answer and however. To be used
/// on the connection's executor.
///
/// Where the server has forgotten a prepared statement of it, it waits until that is prepared again
/// and goes on, under the same deadline; once for each statement. Where that was done before the
/// server's answer came, it goes on at once.
class submission : public protocol::pending_request {
  public:
    /// Before it is submitted: it has been tried before, and its time ends then.
    void end_by(base::time_point when) noexcept {
        if (when != base::never)
            limit_ = base::between(owner_.clock().now(), when);
    }
    /// What options are refused with that mean nothing to a connection of the application's own.
    static error only_of_session();

  protected:
    [[gnu::always_inline]] explicit submission(implementation& owner) noexcept
        : owner_(owner), limit_(owner.request_timeout()) {}

    /// Null options are the usual ones. Borrows both. Throws where they say what only a session can
    /// do.
    void say(const message::request& what, const statement_options* options) {
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
        submit_to_protocol(now);
    }
    /// Where the moment is known, because it is counted how long it takes.
    void submit_at(base::time_point now) {
        if (limit_) [[likely]] {
            if (*limit_ <= base::duration::zero()) [[unlikely]]
                return refuse(out_of_time());
            deadline = base::after(now, *limit_);
        }
        submit_to_protocol(now);
    }
    [[gnu::always_inline]] void submit_to_protocol(base::time_point now) {
        if (auto* const protocol = owner_.protocol()) [[likely]]
            return protocol->submit(*this, now);
        refuse(not_open());
    }
    /// To be asked of every answer that is an ERROR: it is not the last word.
    bool goes_on_after(wire::frame& frame);
    /// To be called first by request_failed(), and completes the error.
    void stop_waiting(error& failure) noexcept {
        if (renewing_ != nullptr) [[unlikely]] {
            leave_renewal();
            failure.with(known(failure.outcome()));
        }
    }
    /// To be called first by forgotten().
    void stop_waiting() noexcept {
        if (renewing_ != nullptr) [[unlikely]]
            leave_renewal();
    }
    /// What is known of the request, where this is known of what was sent last: that a statement
    /// was forgotten was an answer.
    request_outcome known(request_outcome last) const noexcept {
        return has_renewed() && last == request_outcome::not_sent ? request_outcome::answered
                                                                  : last;
    }
    /// Whether there is something for put_away(), which the destructor of the class that has this
    /// is to call then: a destructor here would cost every request.
    bool has_renewed() const noexcept { return renewing_ != nullptr; }
    void put_away() noexcept;
    /// Gives it up; what is to be told to who waits.
    error give_up();
    /// Gives it up where nobody waits any more.
    void abandon() noexcept;

    implementation& owner_;

  private:
    friend class preparations;

    /// What few of them have.
    struct renewing {
        preparations::renewal* waits_for = nullptr;
        /// Ids of the statements that were prepared again for it.
        std::vector<std::vector<std::byte>> ids;
        /// Once it may be for what others have had prepared.
        bool was_sent_again = false;
    };

    /// Whether it is part of a session's request.
    virtual bool is_of_session() const noexcept { return false; }
    /// The prepared statement of the request that has this id; null for none.
    virtual preparations::statement statement_of(std::span<const std::byte> id) {
        static_cast<void>(id);
        return nullptr;
    }
    /// What is known of it now, for the message to be written again.
    virtual void take_renewed(const preparations::statement& statement) {
        static_cast<void>(statement);
    }

    void renewed(const preparations::statement& statement);
    void not_renewed(const error& why);
    void leave_renewal() noexcept;
    void take(const statement_options& options);
    void refuse(error why);
    static error not_open();
    static error out_of_time();

    std::optional<base::duration> limit_; ///< for the answer
    renewing* renewing_ = nullptr;        ///< null for nothing
};

} // namespace cocql::client
