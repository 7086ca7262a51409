#pragma once

#include "../node_thread.hpp"
#include "../worlds.hpp"
#include "dice.hpp"
#include "ledger.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cocql::tests {

/// One connection from its opening to its end, and everything that several clients do with it at
/// the same time, on its executor and on others; all decided by a seed.
class life {
  public:
    using time_point = ledger::time_point;
    using duration = ledger::duration;

    /// How it ends, if no client ends it before.
    enum class ending { close, last_handle_dropped, node_gone, node_deaf, executor_gone };

    life(ledger& book, std::uint64_t seed);
    ~life();
    life(const life&) = delete;
    life& operator=(const life&) = delete;

    /// All of it, on the calling thread.
    void live();

    // For its clients.

    ledger& book() noexcept { return book_; }
    std::uint64_t seed() const noexcept { return seed_; }
    const endpoint& where() const noexcept { return node_->where(); }
    /// The node that never answers.
    const endpoint& mute() const noexcept { return mute_->where(); }
    const connection_options& options() const noexcept { return options_; }
    /// Clients are to come to their end.
    bool is_stopping() const noexcept { return stopping_; }
    /// Requests may fail now, for the connection is being ended.
    bool is_ending() const noexcept { return ending_; }
    void begin_to_end() noexcept { ending_ = true; }
    /// From now on they fail at once.
    bool is_over() const noexcept { return over_; }
    void be_over() {
        over_ = true;
        book_.cut_life(seed_);
    }
    /// Some requests are refused, and in the end all of them.
    bool may_drain() const noexcept { return may_drain_; }
    bool may_be_silent() const noexcept { return !few_streams_; }
    duration request_timeout() const noexcept { return request_timeout_; }
    /// Until when nobody is to do anything.
    time_point pause() const noexcept { return time_point(duration(paused_until_)); }
    void pause_for(duration time) noexcept {
        paused_until_ = (std::chrono::steady_clock::now() + time).time_since_epoch().count();
    }
    const prepared_statement& statement() const noexcept { return statement_; }
    std::string describe() const;

    /// Counts a client for as long as its coroutine lives.
    class presence {
      public:
        explicit presence(life& whose) noexcept : whose_(whose) {}
        ~presence() { whose_.leave(); }
        presence(const presence&) = delete;
        presence& operator=(const presence&) = delete;

      private:
        life& whose_;
    };

  private:
    class place;

    testing::node_options node_options_by_chance();
    connection_options options_by_chance();
    place place_by_chance();
    void begin_clients(const connection& connection);
    void end(connection connection, ending how);
    void wait_for_clients();
    void leave();
    bool wait(duration time);

    ledger& book_;
    const std::uint64_t seed_;
    dice dice_;
    speech speech_;
    protocol_version version_;
    bool few_streams_ = false;
    bool may_drain_ = false;
    duration request_timeout_{};
    connection_options options_;
    std::unique_ptr<node_thread> node_;
    std::unique_ptr<node_thread> mute_;
    world_kind home_kind_;
    world_kind abroad_kind_;
    std::optional<world> home_;
    std::optional<world> abroad_;
    prepared_statement statement_;
    ending how_;

    std::atomic<bool> stopping_ = false;
    std::atomic<bool> ending_ = false;
    std::atomic<bool> over_ = false;
    std::atomic<duration::rep> paused_until_ = 0;
    std::mutex guard_;
    std::condition_variable left_;
    int clients_ = 0;
};

} // namespace cocql::tests
