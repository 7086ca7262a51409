#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cocql::tests {

/// What a test's handlers throw where applications' handlers may.
struct thrown_on_purpose {};

/// What an application may run its coroutines on. Where several threads run handlers at the same
/// time, requests are awaited there too, unless there is a strand.
enum class world_kind {
    one_thread,          ///< io_context(1), one thread
    unhinted,            ///< io_context(), one thread
    several_threads,     ///< io_context(), four threads
    strand_over_several, ///< a strand over that
    pool,                ///< a thread pool of four
    strand_over_pool     ///< a strand over that
};

inline constexpr world_kind all_worlds[] = {
    world_kind::one_thread,          world_kind::unhinted, world_kind::several_threads,
    world_kind::strand_over_several, world_kind::pool,     world_kind::strand_over_pool};

inline std::string name_of(world_kind kind) {
    constexpr const char* names[] = {"one thread",          "unhinted", "several threads",
                                     "strand over several", "pool",     "strand over pool"};
    return names[static_cast<std::size_t>(kind)];
}

/// Such a world with its threads. What handlers throw on purpose is counted, and the thread goes
/// on; but that of a pool of Asio's ends the program.
class world {
  public:
    explicit world(world_kind kind) {
        using enum world_kind;
        if (kind == pool || kind == strand_over_pool) {
            pool_ = std::make_unique<boost::asio::thread_pool>(std::size_t{4});
            executor_ = pool_->get_executor();
        } else {
            context_ = kind == one_thread ? std::make_unique<boost::asio::io_context>(1)
                                          : std::make_unique<boost::asio::io_context>();
            guard_.emplace(context_->get_executor());
            executor_ = context_->get_executor();
        }
        if (kind == strand_over_several || kind == strand_over_pool)
            executor_ = boost::asio::make_strand(executor_);
        serial_ = kind != several_threads && kind != pool;
        const int count = pool_ ? 0 : kind == one_thread || kind == unhinted ? 1 : 4;
        for (int i = 0; i < count; ++i)
            threads_.emplace_back([this] { run(); });
    }
    ~world() { finish(); }
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    boost::asio::any_io_executor executor() const { return executor_; }
    /// Whether it never runs two handlers at the same time.
    bool is_serial() const noexcept { return serial_; }
    /// Whether its threads go on when a handler throws.
    bool survives_exceptions() const noexcept { return pool_ == nullptr; }
    /// Waits until nothing is left to be done.
    void finish() {
        guard_.reset();
        if (pool_)
            pool_->join();
        leave();
    }
    /// Stops, and destroys what was not done.
    void abandon() {
        guard_.reset();
        if (pool_)
            pool_->stop();
        else if (context_)
            context_->stop();
        if (pool_)
            pool_->join();
        leave();
    }
    /// How often a thread was left by what handlers have thrown.
    int thrown() const noexcept { return thrown_; }

  private:
    void leave() {
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
        executor_ = nullptr;
        context_.reset();
        pool_.reset();
    }
    void run() {
        for (;;) {
            try {
                context_->run();
                return;
            } catch (const thrown_on_purpose&) {
                ++thrown_;
            } catch (const boost::asio::multiple_exceptions&) {
                ++thrown_; // several in one turn of Asio's loop
            }
        }
    }

    std::unique_ptr<boost::asio::io_context> context_;
    std::unique_ptr<boost::asio::thread_pool> pool_;
    boost::asio::any_io_executor executor_;
    bool serial_ = true;
    std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> guard_;
    std::vector<std::thread> threads_;
    std::atomic<int> thrown_ = 0;
};

} // namespace cocql::tests
