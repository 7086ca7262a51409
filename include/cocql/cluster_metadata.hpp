#pragma once

#include <cocql/aggregate_info.hpp>
#include <cocql/data_type.hpp>
#include <cocql/function_info.hpp>
#include <cocql/function_signature.hpp>
#include <cocql/host_info.hpp>
#include <cocql/keyspace_info.hpp>
#include <cocql/result.hpp>
#include <cocql/table_info.hpp>
#include <cocql/uuid.hpp>
#include <cocql/value.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql {

namespace metadata {
struct cluster_picture;
}

/// What a session knows of its cluster at one moment: nodes, schema, and where data lives. Nothing
/// in it ever changes; when the cluster does, session::metadata() gives another one.
///
/// Copies share it, and it needs no session: it may be kept after that is closed, and read by
/// several threads. Pointers, references and views that it gives are borrowed, and valid as long as
/// any copy of it. Names are as they are, not as CQL quotes them. What is there for a name that is
/// not known is null, or empty.
class cluster_metadata {
  public:
    cluster_metadata() noexcept = default; ///< of no cluster: nothing is known
    explicit cluster_metadata(std::shared_ptr<const metadata::cluster_picture> content) noexcept
        : content_(std::move(content)) {}

    const std::string& cluster_name() const& noexcept;
    /// The class by which keys become tokens where a table has none of its own, as the nodes name
    /// it.
    const std::string& partitioner() const& noexcept;

    /// In the order of their ids. Connections, shards and status are those of the moment at which
    /// this was given.
    std::span<const host_info> hosts() const& noexcept;
    const host_info* host(const uuid& id) const& noexcept;

    std::vector<std::string_view> keyspaces() const&;
    const keyspace_info* keyspace(std::string_view name) const& noexcept;

    using named_tables = std::map<std::string, table_info, std::less<>>;
    using named_types = std::map<std::string, data_type, std::less<>>;
    using functions_by_signature = std::map<function_signature, function_info>;
    using aggregates_by_signature = std::map<function_signature, aggregate_info>;

    /// Tables and materialised views, which say that they are.
    const named_tables& tables(std::string_view keyspace) const& noexcept;
    const table_info* table(std::string_view keyspace, std::string_view name) const& noexcept;
    /// Those that users have defined.
    const named_types& types(std::string_view keyspace) const& noexcept;
    const data_type* type(std::string_view keyspace, std::string_view name) const& noexcept;
    const functions_by_signature& functions(std::string_view keyspace) const& noexcept;
    const aggregates_by_signature& aggregates(std::string_view keyspace) const& noexcept;

    /// Where a partition of a table lies on the ring, by the values of its partition key in their
    /// order. errc::not_found for a table that is not known, or a partitioner that is not known
    /// here; errc::invalid_argument for values that are too many or too few, do not fit their
    /// columns, or are too long for a key.
    result<std::int64_t> token_of(std::string_view keyspace, std::string_view table,
                                  std::span<const value> partition_key) const;
    /// The nodes that have the data of a keyspace at this place of the ring, in the order in which
    /// servers place them. None where that is not known, and of keyspaces with tablets (ScyllaDB),
    /// of which no ring tells it: name the table.
    std::vector<const host_info*> replicas(std::string_view keyspace, std::int64_t token) const&;
    /// Those that have the data of a table there. Where its keyspace has tablets
    /// (keyspace_info::has_tablets) they are those of the tablet, in the server's order, with the
    /// leader first where there is one (keyspace_info::has_leaders); otherwise as above.
    ///
    /// A tablet is told as the session knew it when it gave this. It does not ask for that here:
    /// servers tell it in answers to prepared requests that went to another node or shard, and with
    /// options::warm_up() all are read at first. One that
    /// has moved is told as it was until such a request has found out, and metadata() was asked for
    /// again.
    ///
    /// None where it is not known: of a table that is not, of a tablet of which no server has told
    /// yet, or that was forgotten since (its table or keyspace was altered, or a node that had it
    /// is gone), or that has a replica on a node that is not among hosts(). A list is never short
    /// of some.
    std::vector<const host_info*> replicas(std::string_view keyspace, std::string_view table,
                                           std::int64_t token) const&;

    // They would outlive what they are borrowed of.
    const std::string& cluster_name() const&& = delete;
    const std::string& partitioner() const&& = delete;
    std::span<const host_info> hosts() const&& = delete;
    const host_info* host(const uuid& id) const&& = delete;
    std::vector<std::string_view> keyspaces() const&& = delete;
    const keyspace_info* keyspace(std::string_view name) const&& = delete;
    const named_tables& tables(std::string_view keyspace) const&& = delete;
    const table_info* table(std::string_view keyspace, std::string_view name) const&& = delete;
    const named_types& types(std::string_view keyspace) const&& = delete;
    const data_type* type(std::string_view keyspace, std::string_view name) const&& = delete;
    const functions_by_signature& functions(std::string_view keyspace) const&& = delete;
    const aggregates_by_signature& aggregates(std::string_view keyspace) const&& = delete;
    std::vector<const host_info*> replicas(std::string_view keyspace,
                                           std::int64_t token) const&& = delete;
    std::vector<const host_info*> replicas(std::string_view keyspace, std::string_view table,
                                           std::int64_t token) const&& = delete;

  private:
    const metadata::cluster_picture& content() const noexcept;

    std::shared_ptr<const metadata::cluster_picture> content_; ///< null: of no cluster
};

} // namespace cocql
