#pragma once

#include <cocql/authenticated_by.hpp>
#include <cocql/batch.hpp>
#include <cocql/bound_statement.hpp>
#include <cocql/connection_options.hpp>
#include <cocql/connection_state.hpp>
#include <cocql/endpoint.hpp>
#include <cocql/page.hpp>
#include <cocql/page_operation.hpp>
#include <cocql/pager.hpp>
#include <cocql/peer_info.hpp>
#include <cocql/phase.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/raw_request.hpp>
#include <cocql/statement_calls.hpp>
#include <cocql/statement_options.hpp>
#include <cocql/time_limit.hpp>
#include <cocql/trace.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql {

namespace client {
class prepared_opening;
}

/// One connection to one server: an awaitable object.
///
/// A handle that can be copied; the connection closes when close() is called, when it fails, or
/// when the last handle is gone. Functions may be called from any thread. An empty or moved-from
/// handle is no connection: its operations fail with errc::connection_closed.
///
/// All work happens on the executor that it was opened on, if that never runs two handlers at the
/// same time: a strand, or an io_context made for one thread (`boost::asio::io_context context(1)`,
/// which is the fastest). Over any other one (a thread pool, an io_context without that hint) the
/// connection has a strand of its own. An operation awaited elsewhere crosses over and comes back,
/// and so does its cancellation. An exception that the application's code throws in a completion
/// handler leaves through the executor, as from any other, and does not disturb the connection.
///
/// Operations throw cocql::error; wrap them in as_result() to get results. They may be cancelled by
/// Asio cancellation of any type that the awaiting coroutine lets through (only terminal, unless it
/// resets its cancellation state): the wait ends at once and the connection stays usable.
class connection : public statement_calls<connection> {
  public:
    using statement_calls::execute;
    using statement_calls::query;

    /// Resolves, connects, shakes hands, starts up and logs in, all before the one deadline of the
    /// options. Runs on the caller's executor, or on a strand over it, which reading local files
    /// blocks for a moment: those of the TLS options and, for a host that is a name, the system's
    /// (/etc/hosts and the like).
    ///
    /// Errors carry the phase, the time each phase took, and the cause. Cancelling closes
    /// everything that was begun.
    static boost::asio::awaitable<connection>
    open(endpoint where, connection_options options = connection_options());

    connection() noexcept; ///< no connection; only to be assigned to
    connection(const connection&) noexcept;
    connection(connection&&) noexcept;
    connection& operator=(const connection&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// Sends one CQL statement (QUERY).
    boost::asio::awaitable<page> query(std::string cql,
                                       statement_options options = statement_options());
    /// Lets the server parse a statement once (PREPARE).
    boost::asio::awaitable<prepared_statement>
    prepare(std::string cql, statement_options options = statement_options());
    /// Sends a batch. Of the options those for reading (page size, paging state) mean nothing to
    /// it.
    boost::asio::awaitable<page> execute(batch statements,
                                         statement_options options = statement_options());

    /// Fetches the trace of a statement that was executed with statement_options::tracing(). The
    /// servers write traces late: asks again until it is complete, for `patience` at most, and
    /// then gives what there is (trace::is_complete()); errc::not_found when there is nothing. Zero
    /// or less: asks once.
    boost::asio::awaitable<trace> fetch_trace(uuid tracing_id,
                                              time_limit patience = std::chrono::seconds(10));

    /// A raw request: an opcode and a ready body, answered by the raw body of a RESULT or other
    /// response. For extensions of the protocol.
    boost::asio::awaitable<raw_response> request(raw_request message,
                                                 statement_options options = statement_options());
    /// Queues a complete frame to be written as it is (in v5 inside of a segment). May be called
    /// from any thread: frames leave whole, in the order of the calls, many of one turn in one
    /// write. Fails at once with connection_busy over the high-water mark, and with the last error
    /// after the end.
    result<void> push(std::span<const std::byte> frame);

    /// Ends the connection: requests in flight fail with errc::connection_closed, TLS says goodbye
    /// (the peer has one second to answer), the descriptor is closed. When it returns nothing of
    /// the connection runs any more, or its io_context has gone. In any state, any number of times.
    boost::asio::awaitable<void> close();

    /// What the server said it supports when the connection was opened.
    const std::map<std::string, std::vector<std::string>>& supported() const;
    /// From another thread than the connection's, numbers are those of a moment ago.
    connection_state state() const;
    /// How the server has learned whose connection it is. Credentials that nobody asked for are no
    /// error: servers that know their clients by certificates ask for no login.
    authenticated_by authenticated() const;
    const peer_info& peer() const;
    const endpoint& where() const;
    protocol_version version() const;
    /// What opening took, phase by phase.
    const phase_times& times() const;
    /// Where it lives: the executor it was opened on, or its strand over that.
    boost::asio::any_io_executor get_executor() const;

  private:
    class handle;
    template <class Work>
    boost::asio::awaitable<typename Work::answer> ask(Work&& work);
    friend class statement_calls<connection>;
    friend class client::prepared_opening;
    page_operation execute_bound(detail::binding&& statement);
    explicit connection(std::shared_ptr<handle> owner) noexcept;

    std::shared_ptr<handle> handle_;
};

} // namespace cocql
