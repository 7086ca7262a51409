#pragma once

#include "core/metadata/read_tablets.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "core/metadata/table_pages.hpp"
#include "core/metadata/topology_snapshot.hpp"

#include <cocql/connection.hpp>
#include <cocql/result.hpp>
#include <cocql/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cocql::client {

/// What one node's system tables say of its cluster, read by a connection to it: as a whole, or not
/// at all.
///
/// Each table is asked for by a statement that is prepared once. ScyllaDB is told how long a page
/// may take (`USING TIMEOUT`), and given a second more to say so: its usual limit is made for
/// users' reads.
///
/// At a UNIX socket the node is asked of itself only, whatever it is to be asked: the others cannot
/// be reached there.
///
/// To be used on the connection's executor, by one coroutine at a time.
class system_tables {
  public:
    static constexpr std::chrono::seconds grace{1};
    /// Of all tables together; each takes some 150 bytes.
    static constexpr std::size_t most_tablets = 1'000'000;

    /// Of which nodes it is asked; of itself only, its address is the one where it was reached.
    enum class extent { cluster, itself };

    /// `patience`: how long each page may take. `told_only`: addresses and ports of the nodes are
    /// those that they tell, and 9042 where they tell no port, wherever this one was reached.
    system_tables(connection node, std::chrono::milliseconds patience, bool told_only = false,
                  extent of = extent::cluster);

    /// Whether this is ScyllaDB: something in SUPPORTED is its own, whatever that is.
    bool is_scylla() const noexcept { return is_scylla_; }

    struct topology {
        std::shared_ptr<const metadata::topology_snapshot> hosts;
        uuid self; ///< the node that was asked
        /// Rows of nodes that are of no use, and why.
        std::vector<std::string> skipped;
    };
    boost::asio::awaitable<result<topology>> read_topology();

    struct schema {
        std::shared_ptr<const metadata::schema_snapshot> all;
        /// User-defined types that are of no use, as `keyspace.type`.
        std::vector<std::string> skipped;
    };
    boost::asio::awaitable<result<schema>> read_schema();

    /// Where the tablets of all tables are. None where this is not ScyllaDB; a table that is too
    /// old for that, or not for this user to read, is an error.
    boost::asio::awaitable<result<metadata::tablets_read>> read_tablets();

  private:
    using pages = metadata::table_pages;
    struct question;

    bool is_alone() const noexcept {
        return extent_ == extent::itself || node_.where().is_unix_socket();
    }
    boost::asio::awaitable<result<void>> answer_all(std::vector<question>& asked);
    boost::asio::awaitable<void> answer(question& asked);
    boost::asio::awaitable<result<pages>> read(const std::string& cql);
    /// Page by page, until `take` has enough of it. Both are to outlive the call.
    boost::asio::awaitable<result<void>> read_pages(const std::string& cql,
                                                    const std::function<bool(page)>& take);
    boost::asio::awaitable<result<prepared_statement>> prepared(const std::string& cql);

    connection node_;
    std::chrono::milliseconds patience_;
    bool told_only_;
    extent extent_;
    bool is_scylla_;
    bool has_peers_v2_;
    std::map<std::string, prepared_statement> statements_;
};

} // namespace cocql::client
