#pragma once

#include "retry_policy.hpp"
#include "task_group.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

/// Carries out writes beside one another, so many at most, each until it is acknowledged or the
/// policy gives it up. For writes that may be carried out twice: after a time-out nobody knows
/// whether one has been, and it is sent again all the same.
class idempotent_writer {
  public:
    idempotent_writer(cocql::session session, retry_policy& policy, std::size_t most,
                      boost::asio::any_io_executor executor)
        : session_(std::move(session)), policy_(policy), most_(most), writes_(executor) {}

    /// Returns when it is one of the outstanding ones: who writes is held up to what the database
    /// can do. What becomes of it is known after drain().
    boost::asio::awaitable<void> write(cocql::bound_statement what) {
        co_await writes_.fewer_than(most_);
        ++written_;
        writes_.begin(until_acknowledged(std::move(what)));
    }

    /// Returns when none is outstanding.
    boost::asio::awaitable<void> drain() { return writes_.all(); }

    std::uint64_t written() const { return written_; }
    std::uint64_t acknowledged() const { return acknowledged_; }
    std::uint64_t repeated() const { return repeated_; }
    /// Why the first one was given up.
    const std::optional<cocql::error>& failure() const { return failure_; }

  private:
    boost::asio::awaitable<void> until_acknowledged(cocql::bound_statement what) {
        // With a time of ours: sent again, it does not undo what somebody has done meanwhile.
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto options =
            cocql::statement_options()
                .idempotent()
                .timeout(std::chrono::seconds(2))
                .timestamp(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
        for (int failures = 0;;) {
            const auto answer = co_await cocql::as_result(session_.execute(what, options));
            if (answer) {
                ++acknowledged_;
                co_return;
            }
            const auto wait = policy_.wait_after(answer.error(), ++failures);
            if (!wait) {
                if (!failure_)
                    failure_ = answer.error();
                co_return;
            }
            ++repeated_;
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, *wait);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
    }

    cocql::session session_;
    retry_policy& policy_;
    std::size_t most_;
    std::uint64_t written_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t repeated_ = 0;
    std::optional<cocql::error> failure_;
    task_group writes_;
};
