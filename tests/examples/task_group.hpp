#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <utility>

/// Coroutines that run beside one another and have one owner, who waits for them. None is left to
/// itself, and what one throws is not lost: all() throws it.
///
/// For one executor, which runs one thing at a time: a strand, or an io_context that one thread
/// runs. It has to live until its coroutines have ended.
class task_group {
  public:
    explicit task_group(boost::asio::any_io_executor executor)
        : ended_(std::move(executor), boost::asio::steady_timer::time_point::max()) {}

    void begin(boost::asio::awaitable<void> task) {
        ++running_;
        boost::asio::co_spawn(ended_.get_executor(), std::move(task),
                              [this](std::exception_ptr thrown) {
                                  if (thrown && !thrown_)
                                      thrown_ = std::move(thrown);
                                  --running_;
                                  ended_.cancel();
                              });
    }

    /// Returns when fewer than so many run. Who awaits it before each begin() never has more, and
    /// goes on no faster than they end.
    boost::asio::awaitable<void> fewer_than(std::size_t most) {
        while (running_ >= most)
            co_await ended_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    /// Returns when none runs, and throws what the first of them that failed has thrown.
    boost::asio::awaitable<void> all() {
        co_await fewer_than(1);
        if (const auto thrown = std::exchange(thrown_, nullptr))
            std::rethrow_exception(thrown);
    }

  private:
    boost::asio::steady_timer ended_; ///< never expires: each end is told by cancelling it
    std::size_t running_ = 0;
    std::exception_ptr thrown_;
};
