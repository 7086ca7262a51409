#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/event.hpp>
#include <cocql/testing/node_client.hpp>
#include <cocql/testing/node_options.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cocql::testing {

class node_server;

/// A CQL server for tests that behaves as its options say, plain or TLS: it logs clients in,
/// answers statements from a function of the test's, falls silent, drips, resets.
///
///     asio::io_context context(1);
///     cocql::testing::node_options options;
///     options.answer = [](const std::string&) { return cocql::testing::rows_of({"hello"}); };
///     cocql::testing::scripted_node node(context, options);
///     auto connection = co_await cocql::connection::open(node.where());
///
/// It runs on the test's io_context; stop(), or its end, ends it: the io_context then has nothing
/// of it left to do, and the options' functions are asked no more. The two may be destroyed in
/// either order, in the middle of anything. All functions are to be called on that io_context, or
/// while it does not run. An exception of one of the options' functions leaves through
/// io_context::run().
class scripted_node {
  public:
    /// Listens at once. Throws cocql::error when a file of TLS cannot be used, and
    /// boost::system::system_error when the address cannot be listened at.
    explicit scripted_node(boost::asio::io_context& context, node_options options = node_options());
    ~scripted_node();
    scripted_node(const scripted_node&) = delete;
    scripted_node& operator=(const scripted_node&) = delete;

    endpoint where() const;
    std::uint16_t port() const noexcept;
    /// Closes the listener and every connection.
    void stop();
    /// Sends an event to every connection that has registered for its type.
    void tell(const event& happened);
    /// Closes every connection, and listens on for others.
    void drop_connections();
    /// Connections are kept, and the system takes more of them, but nothing is read or said until
    /// resume(), or stop(): as of a node that hangs, or that can no longer be reached. Then all
    /// that has come meanwhile is answered.
    void pause() noexcept;
    void resume();
    /// May be changed while it runs; what concerns the address, TLS and faults holds for the
    /// connections to come, or not at all.
    node_options& options() noexcept;

    std::size_t accepted() const noexcept;
    /// The shards of the connections that are open, logged in and without events of others than
    /// the connection itself (GRACEFUL_DISCONNECT): of those that a client has for its requests.
    std::vector<std::uint32_t> shards_of_connections() const;
    /// How TLS handshakes and reads of connections ended, as the node saw it.
    const std::vector<std::string>& endings() const noexcept;
    /// Messages that have come, by their opcode, over all connections.
    std::size_t count(opcode message) const;
    /// Subjects of the certificates of clients whose handshake succeeded; empty for one without.
    const std::vector<std::string>& client_subjects() const noexcept;
    /// TLS handshakes that resumed a session, of those that succeeded.
    std::size_t resumed() const noexcept;
    /// The statements that came, over all connections.
    const std::vector<std::string>& statements() const noexcept;
    /// The connections that have sent STARTUP, in the order of that, also those that have ended.
    const std::vector<node_client>& clients() const noexcept;
    /// Key updates and tickets that were sent because TLS is restless.
    std::size_t key_updates() const noexcept;
    std::size_t tickets() const noexcept;

  private:
    friend class scripted_cluster;
    explicit scripted_node(std::shared_ptr<node_server> server) noexcept;

    std::shared_ptr<node_server> server_;
};

} // namespace cocql::testing
