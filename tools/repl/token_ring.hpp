#pragma once

#include <cocql/result.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocqlsh {

/// A place on the ring. RandomPartitioner's reach 2^127.
using token = boost::multiprecision::cpp_int;

/// Decimal digits with an optional minus; nothing for anything else.
std::optional<token> parse_token(std::string_view text);

/// Why this is no token of the partitioner (its class, with or without package), or nothing.
std::optional<std::string> objection_to(const token& place, std::string_view partitioner);

/// A node as system.local and system.peers tell of it.
class ring_node {
  public:
    std::string address;
    std::string data_center;
    std::string rack;
    std::vector<token> tokens;
};

/// Who keeps what: the tokens of all nodes in order. A token belongs to the range that ends with
/// it.
class token_ring {
  public:
    explicit token_ring(std::vector<ring_node> nodes);

    /// The addresses of the nodes that keep what has this token, in the order in which drivers tell
    /// them: the node of the range first, and with several data centres one after the other. None
    /// for a strategy by which each node keeps only its own.
    ///
    /// `replication`: as in system_schema.keyspaces. errc::invalid_argument for what is not known.
    cocql::result<std::vector<std::string>>
    replicas(const std::map<std::string, std::string>& replication, const token& place) const;

  private:
    using indices = std::vector<std::size_t>;

    /// All nodes in the order in which a walk from the token comes to them first.
    indices walk_from(const token& place) const;
    cocql::result<indices> network_replicas(const std::map<std::string, std::string>& replication,
                                            const indices& walk) const;
    indices spread_over_racks(const indices& walk, std::size_t wanted) const;
    std::vector<std::string> data_centers() const;

    std::vector<ring_node> nodes_;
    std::vector<std::pair<token, std::size_t>> ring_;
};

} // namespace cocqlsh
