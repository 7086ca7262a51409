#pragma once

#include "column_roles.hpp"
#include "coordinator.hpp"
#include "known_cluster.hpp"
#include "options.hpp"
#include "output.hpp"
#include "schema_followers.hpp"

#include <cocql/cocql.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// The node that statements go to and everything the commands set: consistency, paging, tracing,
/// layout. Statements run here, each of them ended by interrupt() without harm to the connection;
/// but for USE, after which nobody would know which keyspace it is in.
class session {
  public:
    session(boost::asio::any_io_executor executor, options settings, output& out, bool terminal);

    /// Prints why not, endpoint by endpoint, when it fails.
    boost::asio::awaitable<bool> connect();
    boost::asio::awaitable<void> close();
    /// Executes one CQL statement and prints its result; the error, if any, is returned.
    boost::asio::awaitable<cocql::result<void>> execute(std::string cql);
    /// One statement without printing, at LOCAL_ONE, for what the shell wants to know itself.
    boost::asio::awaitable<cocql::result<cocql::page>> ask(std::string cql);
    boost::asio::awaitable<cocql::result<void>> print_trace(cocql::uuid id);
    void print_warnings(const std::vector<std::string>& warnings);
    /// What is changed from here to end_file() ends there: the keyspace, who is logged in, the
    /// switches, CAPTURE. For SOURCE, which may be nested.
    void begin_file();
    boost::asio::awaitable<void> end_file();
    /// Whether the node's session belongs to what is outside of the file, and must be left as it
    /// is.
    bool is_borrowed() const noexcept { return is_borrowed_; }

    /// Ends the operation that is being waited for. From a signal handler's completion.
    void interrupt();
    /// Waits for it, unless interrupt() comes first.
    template <class T>
    boost::asio::awaitable<cocql::result<T>> interruptible(boost::asio::awaitable<T> operation) {
        auto returning = cocql::as_result(std::move(operation));
        auto token =
            boost::asio::bind_cancellation_slot(interrupted_.slot(), boost::asio::use_awaitable);
        auto outcome = co_await boost::asio::co_spawn(executor_, std::move(returning), token);
        co_return outcome;
    }
    /// What an interruption makes of a statement that was answered while its result is printed.
    static cocql::error rest_not_shown();

    /// Called between two pages on a terminal; false ends the result.
    std::function<boost::asio::awaitable<bool>()> ask_for_more;

    options settings;
    output& out;
    coordinator node;
    known_cluster cluster; ///< for what one node cannot tell; no statement goes there
    std::string keyspace;
    cocql::consistency consistency = cocql::consistency::one;
    std::optional<cocql::consistency> serial_consistency;
    std::optional<std::int32_t> page_size = 100;
    bool tracing = false;
    bool waterfall = false; ///< how traces are shown
    bool expanded = false;
    const bool terminal;
    bool is_lost = false; ///< the last attempt to connect again failed

  private:
    /// What is outside of a file that is being executed.
    struct outside {
        std::string user;
        std::string secret;
        coordinator node;
        std::string keyspace;
        cocql::consistency consistency;
        std::optional<cocql::consistency> serial_consistency;
        std::optional<std::int32_t> page_size;
        bool tracing;
        bool waterfall;
        bool expanded;
        std::string capture_path; ///< empty: nothing is captured
        bool is_borrowed;
    };

    /// An operation of the node's session, when that has a connection.
    template <class T, class Begin>
    boost::asio::awaitable<cocql::result<T>> when_connected(Begin begin) {
        out.show_now();
        for (bool first = true;; first = false) {
            auto alive = co_await revive();
            if (!alive)
                co_return alive.error();
            auto answer = co_await interruptible(begin());
            // The end may be noticed only now. What was certainly not sent may be sent.
            const bool missed = !answer && answer.error().is(cocql::errc::no_host_available) &&
                                answer.error().outcome() == cocql::request_outcome::not_sent;
            if (!first || !missed)
                co_return answer;
        }
    }
    cocql::statement_options statement_options(const std::string& cql) const;
    boost::asio::awaitable<cocql::result<void>> print_rows(std::string cql, cocql::page page);
    /// One request, when there is a connection.
    boost::asio::awaitable<cocql::result<cocql::page>> query(std::string cql,
                                                             cocql::statement_options options);
    /// Tells of a connection that was lost, and has there be one again, as before. No statement is
    /// sent twice: one that was under way then has failed.
    boost::asio::awaitable<cocql::result<void>> revive();
    /// Goes on with what came of connecting for a statement: without the keyspace, where there is
    /// none of the name any more. Why not is printed; the error says what that means for the
    /// statement.
    boost::asio::awaitable<cocql::result<void>> connected(cocql::result<void> outcome);
    /// After a change of the schema: until the other nodes have it, or for as long as a statement
    /// may take. An error is why what comes next is not to be executed.
    boost::asio::awaitable<cocql::result<void>> await_followers();
    boost::asio::awaitable<void> learn_roles(cocql::column column);
    boost::asio::awaitable<cocql::result<void>> open(bool in_keyspace);
    void print_connect_failure(const cocql::error& failure);

    boost::asio::any_io_executor executor_;
    boost::asio::cancellation_signal interrupted_;
    column_roles roles_;
    schema_followers followers_;
    std::vector<outside> outside_;
    bool is_borrowed_ = false;
    bool use_given_up_ = false; ///< the node's session replaces the connection because of that
};

} // namespace cocqlsh
