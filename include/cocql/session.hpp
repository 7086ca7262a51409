#pragma once

#include <cocql/batch.hpp>
#include <cocql/bound_statement.hpp>
#include <cocql/cluster_metadata.hpp>
#include <cocql/connection_info.hpp>
#include <cocql/execution_profile.hpp>
#include <cocql/host_info.hpp>
#include <cocql/listener_registration.hpp>
#include <cocql/metadata_listener.hpp>
#include <cocql/options.hpp>
#include <cocql/page.hpp>
#include <cocql/page_operation.hpp>
#include <cocql/pager.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/schema_agreement.hpp>
#include <cocql/session_metrics.hpp>
#include <cocql/statement_calls.hpp>
#include <cocql/statement_options.hpp>
#include <cocql/time_limit.hpp>
#include <cocql/trace.hpp>
#include <cocql/uuid.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace cocql {

/// A cluster, as an application has it: a session knows the nodes and where their data lives, keeps
/// connections to them, and sends each request to a replica of the partition that it is about. On
/// ScyllaDB it goes to the shard that has it.
///
/// A handle that can be copied; the session ends when close() is called, or when the last handle is
/// gone. An empty or moved-from handle is no session: its operations fail with
/// errc::connection_closed.
///
/// All work happens on the executor that it was made on, or on a strand over it, as a connection's
/// does. Functions may be called from any thread; operations awaited elsewhere cross over and come
/// back. Errors and cancellation are those of a connection.
class session : public statement_calls<session> {
  public:
    using statement_calls::execute;
    using statement_calls::query;

    session() noexcept; ///< no session; only to be assigned to
    session(const session&) noexcept;
    session(session&&) noexcept;
    session& operator=(const session&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();

    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// Sends one CQL statement (QUERY), to any of the nodes that are near: nothing says where its
    /// data is. USE is for all connections; see use_keyspace().
    boost::asio::awaitable<page> query(std::string cql,
                                       statement_options options = statement_options());
    /// Lets a server parse a statement once (PREPARE); the others get to know it when it is first
    /// executed there. A statement that the session remembers is given without asking anyone, and
    /// of several that ask for the same one at once one is sent.
    boost::asio::awaitable<prepared_statement>
    prepare(std::string cql, statement_options options = statement_options());
    /// Sends a batch, to where the first of its prepared statements that says so has its data.
    boost::asio::awaitable<page> execute(batch statements,
                                         statement_options options = statement_options());

    /// Has the session be in another keyspace, in which names without one are looked up: by its
    /// name as it is, in its own case and without quotes. The text of a USE does the same by
    /// query(), and is answered as on a connection (page::keyspace()).
    ///
    /// One node is asked first, and where it refuses (there is no such keyspace) that is the error,
    /// and everything stays as it was. Then the other connections are asked, and those that are
    /// made from now on are in it. One that refuses, or has not answered within the time of one
    /// request for all of them together, takes no more requests, and is replaced.
    ///
    /// Requests that begin after it has returned go by the new keyspace; those that are under way,
    /// or begin before, by the one or the other. Prepared statements stay in the keyspace that they
    /// were prepared in. But a node that does not know them (any more) may not be able to prepare
    /// them from another one, which is the request's error (errc::server_error): prepare what names
    /// no keyspace anew. prepare() gives back nothing of before then, but for what it was given
    /// with statement_options::keyspace().
    ///
    /// Where it is cancelled, or its time is over, before the first node has answered, that
    /// connection is replaced, and all stays as it was; later only the wait ends. One call after
    /// another. Siblings are each in a keyspace of their own, which in the beginning is that of the
    /// first one at that moment.
    boost::asio::awaitable<void> use_keyspace(std::string name);

    /// Fetches the trace of a statement that was executed with statement_options::tracing(), as
    /// connection::fetch_trace() does: of any node, for all of them have it, if some a moment later
    /// than others.
    boost::asio::awaitable<trace> fetch_trace(uuid tracing_id,
                                              time_limit patience = std::chrono::seconds(10));

    /// Waits until each node has had its first connections, or could not be reached. Requests can
    /// be sent before; those for a shard that has no connection yet go to another one of its node.
    /// Where siblings share shards, its connections are those to the shards that are this one's;
    /// those that become so later are not waited for.
    boost::asio::awaitable<void> ready();

    /// Has each node that is used and has no connection be connected to now, and not when it is
    /// time to try it again, which may be a minute later. Returns when each of them has its
    /// connections, or could not be reached: what came of it hosts() tells, and it is no error. The
    /// control connection is looked for at once, too, which is not waited for; a sibling's nodes
    /// are for the sibling to ask for. For who knows of a reason: the network is back, a person
    /// waits. Cancelling it ends the wait alone.
    boost::asio::awaitable<void> reconnect();

    /// Reads the files of tls_options again, as when a certificate or an authority has been
    /// replaced. From then on every connection is made by what they say now, and none resumes a TLS
    /// session from before. Connections that were made before serve on until there are new ones to
    /// their node, and are then closed; what is in flight on them is not failed. Where a file
    /// cannot be used that is the error (errc::bad_configuration), and everything stays as it is;
    /// without TLS, or with a ready context, it is errc::invalid_argument.
    ///
    /// Returns when the files have been read, and does not wait for connections.
    boost::asio::awaitable<void> reload_tls();

    /// Puts another execution profile in place of the one of this name: one of
    /// options::execution_profile(), or the default one (execution_profile::default_name), which is
    /// always there; errc::not_found for others. Requests that begin after it has returned go by
    /// the new one, those under way to their end by the one that they began with.
    ///
    /// Where the new one uses nodes that none did before it first waits until these have had their
    /// connections, or could not be reached, and requests go by the old one meanwhile. Where none
    /// of its nodes has a connection then, that is the error (errc::no_host_available), and where
    /// it has no node at all it is errc::bad_configuration: everything stays as it was, as it does
    /// where the wait is cancelled. Connections to nodes that no profile uses any more end when
    /// what is in flight on them was answered.
    ///
    /// One after another, in the order of the calls.
    boost::asio::awaitable<void> replace_execution_profile(std::string name, execution_profile how);

    /// The nodes of the cluster, in the order of their ids. After close(): as they were last, with
    /// no connections.
    boost::asio::awaitable<std::vector<host_info>> hosts();

    /// The connections that are open, in the order of their nodes' ids, and of their shards; the
    /// control connection comes before the others to its node. A sibling has none of these, and
    /// connections of its own otherwise. After close(): none.
    boost::asio::awaitable<std::vector<connection_info>> connections();

    /// Connections, requests, failures and latencies, of the session and of each node that it uses.
    /// After close(): as they were last.
    boost::asio::awaitable<session_metrics> metrics();

    /// Nodes, schema and where data lives, as they are known now: a picture that is shared and
    /// never changes. After close(): as they were last.
    boost::asio::awaitable<cluster_metadata> metadata();

    /// Waits until all nodes that can be reached have the same schema, and until metadata() shows
    /// it; or until the options' time for that is over, or this limit (zero or less: they are asked
    /// once). Not to have reached it is no error: what is returned says who has which version.
    ///
    /// After a statement of the session's own that has changed the schema it has done so already;
    /// see page::schema_agreement().
    boost::asio::awaitable<schema_agreement> await_schema_agreement();
    boost::asio::awaitable<schema_agreement> await_schema_agreement(time_limit limit);

    /// Has somebody told of what changes in the cluster from now on, until the registration is
    /// destroyed or the session closed. From any thread. An empty session, and nobody, give one
    /// that is of nobody.
    listener_registration listen(std::shared_ptr<metadata_listener> who);

    /// Makes a sibling on another executor, as for a thread of its own with an io_context that it
    /// runs: so a program uses several cores, and nothing locks on the way of a request. Returns
    /// when the sibling can send requests; its executor is to be run meanwhile, by whoever it
    /// belongs to. An executor that is not known to be serialised gets a strand.
    ///
    /// The sibling has connections of its own, as many as this session has, unless the options have
    /// them share the shards of each node out (siblings_share_shards()). What is known of the
    /// cluster, where tablets are, prepared statements, execution profiles, listeners and counters
    /// are the same: metrics() is of all siblings, and replace_execution_profile() and reload_tls()
    /// are for all of them, wherever they are called; the siblings follow a moment later. hosts(),
    /// connections() and metadata() tell of the connections of the one that was asked. What the
    /// application has given is used by all on their own executors, and is therefore to be
    /// thread-safe: address translator, filter, observer and load-balancing policies. Warnings and
    /// listeners are called where the first session lives.
    ///
    /// close() of a sibling is its end alone; that of the session which connect() gave is the end
    /// of all, and they end by themselves, each on its executor: their own close() waits for that.
    /// Without close() that session ends when the last handle of it and of its siblings is gone.
    /// Metrics, preparing and on() itself are for the first one's executor to do, which is to be
    /// run as well.
    boost::asio::awaitable<session> on(boost::asio::any_io_executor executor) const;

    /// Ends the session and its connections, as connection::close() does. When it returns nothing
    /// of the session runs any more. May be called any number of times.
    boost::asio::awaitable<void> close();

    /// Where it lives: the executor that it was made on, or its strand over that.
    boost::asio::any_io_executor get_executor() const;

  private:
    class handle;
    friend class statement_calls<session>;
    friend boost::asio::awaitable<session> connect(options);
    explicit session(std::shared_ptr<handle> owner) noexcept;
    static boost::asio::awaitable<session> sibling_of(std::shared_ptr<handle> first,
                                                      boost::asio::any_io_executor executor);
    template <class Work>
    boost::asio::awaitable<typename Work::answer> ask(Work&& work);
    page_operation execute_bound(detail::binding&& statement);

    std::shared_ptr<handle> handle_;
};

/// Finds the cluster by one of the contact points, reads what it says of itself, and returns when
/// there is a connection to one of its nodes for requests; with options::warm_up() when there is
/// more. Where none can be used the error has what became of each (error::attempts()).
///
/// A contact point's name is looked up again each time that it is tried, and all its addresses are.
/// Each attempt has the connection's own time-out; when one takes long, the next contact point is
/// tried beside it.
boost::asio::awaitable<session> connect(options how);

} // namespace cocql
