#pragma once

#include "options.hpp"

#include <cocql/connection_info.hpp>
#include <cocql/error.hpp>
#include <cocql/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cocqlsh {

/// The one node that statements go to, which is the one that was named: a cocql::session of its
/// address alone. It has one connection and no control connection, so that the shell costs a
/// cluster no more than that, and is there as quickly. What the shell wants to know of the others
/// it asks this one, or known_cluster.
///
/// The session connects again by itself when the connection was lost, to the keyspace of the last
/// USE. A handle that can be copied, as that of the session is.
class coordinator {
  public:
    /// What has become of the connection.
    class condition {
      public:
        bool is_connected = false;
        /// Why it has ended, or the first of several since forget_loss(): also where there is
        /// another one by now.
        std::optional<cocql::error> loss;
    };

    /// Connects, as the settings' user, to the keyspace (empty: to none). Throws cocql::error: what
    /// became of the connection, or that the node does not speak the version of CQL.
    static boost::asio::awaitable<coordinator> open(options settings, std::string keyspace);
    coordinator() = default; ///< none; only to be assigned to
    boost::asio::awaitable<void> close() const;

    boost::asio::awaitable<cocql::page> query(std::string cql,
                                              cocql::statement_options options) const;
    boost::asio::awaitable<cocql::trace> fetch_trace(cocql::uuid id,
                                                     cocql::time_limit patience) const;

    /// After one turn of the executor, in which the session learns of what has just ended.
    boost::asio::awaitable<condition> look() const;
    /// Has it be connected to now, if it is not, whenever the session would do so. Throws why not,
    /// at the latest when the time for connecting is over.
    boost::asio::awaitable<void> reach() const;
    /// Whoever is to know of it does.
    void forget_loss() const noexcept;
    /// The connection; nothing while there is none.
    boost::asio::awaitable<std::optional<cocql::connection_info>> connection() const;

  private:
    class losses;

    cocql::session session_;
    std::shared_ptr<losses> losses_;
    std::optional<std::chrono::steady_clock::duration> patience_; ///< for connecting
};

} // namespace cocqlsh
