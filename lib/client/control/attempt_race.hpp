#pragma once

#include "client/control/candidate_queue.hpp"
#include "io/bridge/clock.hpp"
#include "io/connect/alarm.hpp"

#include <cocql/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cocql::client {

/// Tries nodes in turn until one attempt succeeds; but none waits long for the one before it: the
/// next is tried when that has failed, or is not over after a quarter of a second. The first that
/// succeeds wins, the others are cancelled, and it is over when all of them are.
///
/// To look up a name is a turn of its own: what it has led to is tried as soon as that is known,
/// and others do not wait long for it either.
///
/// T is what an attempt gives; it is to have a default. Once begun the race is kept by nothing but
/// its attempts: where the context is destroyed it goes with them, and whoever waits goes with it.
template <class T>
class attempt_race : public std::enable_shared_from_this<attempt_race<T>> {
  public:
    using addresses = std::vector<candidate>;
    using look_up = std::function<boost::asio::awaitable<result<addresses>>(const candidate&)>;
    using attempt = std::function<boost::asio::awaitable<result<T>>(const candidate&)>;

    static constexpr std::chrono::milliseconds head_start{250};

    /// Of the one who waits.
    struct outcome {
        std::optional<T> winner;
        std::vector<error> failures; ///< in the order in which attempts have failed
        std::exception_ptr thrown;
        std::size_t places = 0; ///< that there were to be tried, as far as is known
    };

    /// There must be a candidate. The executor must not run two handlers at the same time.
    attempt_race(boost::asio::any_io_executor executor, io::clock& clock,
                 candidate_queue candidates, look_up names, attempt how, outcome& into)
        : executor_(std::move(executor)),
          clock_(clock),
          candidates_(std::move(candidates)),
          names_(std::move(names)),
          how_(std::move(how)),
          outcome_(into) {}

    /// Once, on the executor. The handler is posted there when all is over.
    template <class Handler>
    void begin(Handler&& handler) {
        waiter_ = std::make_unique<boost::asio::any_completion_handler<void()>>(
            std::forward<Handler>(handler));
        try_next();
    }
    /// No more attempts, and an end to those that are under way. It is over soon.
    void give_up() {
        if (decided_)
            return;
        decided_ = true;
        cancel_all();
    }

  private:
    struct lane {
        boost::asio::cancellation_signal cancelled;
        bool over = false;
    };

    void try_next() {
        if (candidates_.is_empty())
            return;
        auto& one = lanes_.emplace_back();
        const auto mine = candidates_.next();
        ++under_way_;
        if (mine.is_to_be_looked_up())
            run(one, names_(mine));
        else
            run(one, how_(mine));
        if (!candidates_.is_empty())
            head_starts_.emplace_back(clock_, executor_, clock_.now() + head_start,
                                      [this, behind = lanes_.size()] {
                                          if (!decided_ && lanes_.size() == behind)
                                              try_next();
                                      });
    }

    template <class Given>
    void run(lane& one, boost::asio::awaitable<result<Given>> work) {
        boost::asio::co_spawn(
            executor_, std::move(work),
            boost::asio::bind_cancellation_slot(
                one.cancelled.slot(), [self = this->shared_from_this(),
                                       &one](std::exception_ptr thrown, result<Given> given) {
                    self->ended(one, std::move(thrown), std::move(given));
                }));
    }

    template <class Given>
    void ended(lane& one, std::exception_ptr thrown, result<Given> given) {
        one.over = true;
        --under_way_;
        if (thrown) {
            // What a cancelled coroutine throws is not news.
            if (!decided_ && !outcome_.thrown)
                outcome_.thrown = std::move(thrown);
            give_up();
        } else if (!given) {
            outcome_.failures.push_back(given.error());
            if (!decided_)
                try_next();
        } else if (!decided_) {
            succeeded(std::move(*given));
        }
        if (under_way_ == 0)
            finish();
    }
    void succeeded(T given) {
        outcome_.winner.emplace(std::move(given));
        give_up();
    }
    void succeeded(const addresses& found) {
        candidates_.found(found);
        try_next();
    }

    void cancel_all() {
        for (auto& each : lanes_)
            if (!each.over)
                each.cancelled.emit(boost::asio::cancellation_type::terminal);
    }

    void finish() {
        outcome_.places = candidates_.places();
        boost::asio::post(executor_,
                          [waiter = std::move(*waiter_)]() mutable { std::move(waiter)(); });
        waiter_.reset();
    }

    boost::asio::any_io_executor executor_;
    io::clock& clock_;
    candidate_queue candidates_;
    look_up names_;
    attempt how_;
    outcome& outcome_; ///< while there is somebody who waits
    std::unique_ptr<boost::asio::any_completion_handler<void()>> waiter_;
    std::deque<lane> lanes_; ///< they do not move
    std::size_t under_way_ = 0;
    bool decided_ = false;
    /// One for each lane that another waits for. None is destroyed before the end: it may be
    /// ringing.
    std::deque<io::alarm> head_starts_;
};

} // namespace cocql::client
