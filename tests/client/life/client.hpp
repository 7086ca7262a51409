#pragma once

#include "beginning.hpp"
#include "life.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace cocql::tests {

/// One of those who use a life's connection: does one thing after another, by chance.
class client : public std::enable_shared_from_this<client> {
  public:
    using duration = life::duration;
    using time_point = life::time_point;
    /// How long a node is asked to take for an answer.
    static constexpr std::chrono::milliseconds longest_delay{120};

    /// @param serial where it runs two handlers never run at the same time, so that what it awaits
    ///               can be cancelled
    /// @param robust exceptions of handlers do no harm there
    client(life& whose, connection mine, std::uint64_t seed, bool serial, bool robust);

    /// Until the life is over.
    boost::asio::awaitable<void> act();

  private:
    class question;
    class spawned;

    question question_by_chance();
    statement_options options_of(const question& what) const;
    boost::asio::awaitable<void> do_something();
    boost::asio::awaitable<void> ask();
    boost::asio::awaitable<void> ask_and_cancel();
    boost::asio::awaitable<void> ask_by_handler();
    boost::asio::awaitable<void> execute();
    boost::asio::awaitable<void> query_with_arguments();
    boost::asio::awaitable<void> execute_batch();
    boost::asio::awaitable<void> turn_pages();
    boost::asio::awaitable<void> read_rows();
    boost::asio::awaitable<void> fetch_a_trace();
    boost::asio::awaitable<void> send_raw();
    boost::asio::awaitable<void> open_another();
    boost::asio::awaitable<void> open_in_vain();
    boost::asio::awaitable<void> close();

    /// Says whether an ending is right, and gives it its name.
    std::string judge(const question& what, const result<page>& got, const beginning& begun,
                      bool cancelled);
    std::string judge_failure(const std::string& what, const error& failure, duration limit,
                              const beginning& begun, bool cancelled);
    void fault(const std::string& what);
    std::string tag();
    /// Of a text: most fit into one segment or record, some need many.
    std::size_t size_by_chance();

    life& life_;
    connection mine_;
    dice dice_;
    const bool serial_;
    const bool robust_;
    const std::string name_;
    std::uint64_t asked_ = 0;
};

} // namespace cocql::tests
